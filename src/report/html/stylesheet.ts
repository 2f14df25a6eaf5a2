/** The page's look: both themes from the reader's setting, and paper. */
export const stylesheet = `
:root{color-scheme:light dark;--ink:#1b1f24;--dim:#57606a;--ground:#fff;--line:#d0d7de;--soft:#f6f8fa;--good:#1a7f37;--bad:#cf222e;--open:#9a6700;--mark:#fff3bf}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9ba3ad;--ground:#0d1117;--line:#30363d;--soft:#161b22;--good:#3fb950;--bad:#ff7b72;--open:#d29922;--mark:#574500}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1180px;padding:1.2rem;font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground)}
h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.15rem;margin:2rem 0 .4rem;border-top:1px solid var(--line);padding-top:1rem}h3{font-size:.9rem;margin:.3rem 0}
a{color:inherit}
.verdict{display:inline-block;padding:.15rem .7rem;border-radius:.4rem;border:2px solid;font-weight:700;letter-spacing:.04em}
.pass{color:var(--good)}.fail,.error{color:var(--bad)}.inconclusive{color:var(--open)}
.mode{font-weight:400;color:var(--dim)}
dl.first{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1rem}dl.first dt{font-weight:600}dl.first dd{margin:0}
table{border-collapse:collapse;width:100%;margin:.6rem 0;font-variant-numeric:tabular-nums}caption{text-align:left;color:var(--dim)}
th,td{text-align:left;vertical-align:top;padding:.25rem .6rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}thead th{color:var(--dim);font-weight:600}tbody th{font-weight:400}
.wide{overflow-x:auto}#checks td:first-child{white-space:nowrap;font-weight:600}#checks th:nth-child(2){white-space:nowrap}
figure{margin:.6rem 0;overflow-x:auto}.chart svg{width:100%;min-width:760px;height:auto;display:block}figcaption{color:var(--dim);font-size:.85rem}
details{margin:.2rem 0}summary{cursor:pointer}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--soft);padding:.6rem;border-radius:.3rem;font-size:.8rem;margin:.3rem 0}
mark{background:var(--mark);color:inherit}
.sides{display:grid;grid-template-columns:1fr 1fr;gap:.6rem}
ul.plain{margin:.2rem 0;padding-left:1.2rem}
:target,section:focus{outline:2px solid var(--line);outline-offset:.4rem}
@media print{body{max-width:none;font-size:11px}details>*{display:block}figure,table{break-inside:avoid}}
@media(max-width:700px){.sides{grid-template-columns:1fr}}
`;
