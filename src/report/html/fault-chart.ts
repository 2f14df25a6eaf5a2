import type {
  CustomSeriesRenderItemAPI,
  CustomSeriesRenderItemParams,
  EChartsOption,
} from 'echarts';
import { CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import {
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
} from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { FaultTimeline } from '../../model/fault.ts';
import type { RateSlices } from '../rate-slices.ts';
import type { LaneState, LaneStretch } from './lanes.ts';
import type { Point, RequestPoints } from './request-points.ts';

use([
  CustomChart,
  GridComponent,
  LegendComponent,
  LineChart,
  MarkAreaComponent,
  MarkLineComponent,
  ScatterChart,
  SVGRenderer,
  TitleComponent,
]);

/** What one fault's chart shows; times are s since run start. */
export interface FaultChart {
  readonly fromS: number;
  readonly toS: number;
  readonly timeline: FaultTimeline;
  readonly points: RequestPoints;
  /** Never thinned: acknowledged and lost, applied twice, applied though rejected. */
  readonly contradictions: readonly Point[];
  readonly rates: RateSlices;
  readonly lanes: ReadonlyMap<string, readonly LaneStretch[]>;
}

/** Colours that stand out on white and on black alike; told apart by place and shape, too. */
const colours = {
  ok: '#3b8f5a',
  rejected: '#c2791d',
  unknown: '#8a63d2',
  bad: '#d6293e',
  master: '#2f7ed8',
  replica: '#7fa9a3',
  loading: '#c9a227',
  refused: '#c2791d',
  unreachable: '#d6293e',
  gone: '#8c8c8c',
} as const;

const outcomes = ['acknowledged', 'rejected', 'unknown', 'lost, twice or phantom'] as const;

/** The page's own text colour, in either theme. */
const ink = 'currentColor';
const faint = 'rgba(128,128,128,0.35)';
const width = 1100;
const laneHeight = 18;

/**
 * One fault as a static SVG: latency and outcome of the requests over the bands of the outage, the rate
 * by outcome, and each server's role and address. ECharts draws it without a browser, so it is there
 * with scripts off.
 */
export function faultChartSvg(chart: FaultChart): string {
  const lanesHeight = chart.lanes.size * laneHeight;
  const tops = { latency: 46, rate: 300, lanes: 430 };
  const height = tops.lanes + lanesHeight + 40;
  const drawing = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    drawing.setOption(optionOf(chart, tops, lanesHeight));
    return withoutFixedSize(drawing.renderToSVGString());
  } finally {
    drawing.dispose();
  }
}

function optionOf(
  chart: FaultChart,
  tops: { readonly latency: number; readonly rate: number; readonly lanes: number },
  lanesHeight: number,
): EChartsOption {
  const { fromS, toS, points, rates } = chart;
  const pods = [...chart.lanes.keys()];
  const grid = (top: number, height: number) => ({
    left: 130,
    right: 16,
    top,
    height,
    // the three axes must stay one above the other, whatever their labels need
    outerBoundsMode: 'none' as const,
  });
  const time = (gridIndex: number, labels: boolean) => ({
    type: 'value' as const,
    gridIndex,
    min: fromS,
    max: toS,
    axisLabel: { show: labels, color: ink, formatter: '{value} s' },
    axisLine: { lineStyle: { color: faint } },
    splitLine: { lineStyle: { color: faint, width: 0.5 } },
  });
  const title = (text: string, top: number) => ({
    text,
    top,
    left: 0,
    textStyle: { color: ink, fontSize: 12, fontWeight: 'normal' as const },
  });
  const dots = (name: string, colour: string, data: readonly Point[], symbolSize = 3) => ({
    name,
    type: 'scatter' as const,
    // as one path, which keeps the page small; of no dots ECharts cannot make one
    large: data.length > 0,
    largeThreshold: 0,
    symbolSize,
    itemStyle: { color: colour },
    data: data.map((point) => [...point]),
  });
  const rate = (name: string, colour: string, values: readonly number[]) => ({
    name,
    type: 'line' as const,
    xAxisIndex: 1,
    yAxisIndex: 1,
    showSymbol: false,
    step: 'middle' as const,
    lineStyle: { color: colour, width: 1.2 },
    itemStyle: { color: colour },
    data: values.map((value, slice) => [rates.seconds[slice] ?? 0, value]),
  });
  return {
    animation: false,
    textStyle: { fontFamily: 'system-ui, sans-serif' },
    title: [
      title('request, ms', tops.latency - 22),
      title('a second', tops.rate - 22),
      title('server', tops.lanes - 22),
    ],
    legend: {
      top: 0,
      right: 24,
      data: [...outcomes],
      textStyle: { color: ink },
      itemHeight: 8,
      itemWidth: 14,
      itemGap: 22,
    },
    grid: [grid(tops.latency, 210), grid(tops.rate, 80), grid(tops.lanes, lanesHeight)],
    xAxis: [time(0, false), time(1, false), time(2, true)],
    yAxis: [
      {
        type: 'log',
        gridIndex: 0,
        axisLabel: { color: ink },
        splitLine: { lineStyle: { color: faint, width: 0.5 } },
      },
      {
        type: 'value',
        gridIndex: 1,
        splitNumber: 2,
        axisLabel: { color: ink },
        splitLine: { lineStyle: { color: faint, width: 0.5 } },
      },
      {
        type: 'category',
        gridIndex: 2,
        inverse: true,
        data: pods,
        axisLabel: { color: ink, width: 122, overflow: 'truncate', interval: 0 },
        axisTick: { show: false },
        axisLine: { show: false },
      },
    ],
    series: [
      { ...dots('acknowledged', colours.ok, points.ok), markArea: bandsOf(chart) },
      dots('rejected', colours.rejected, points.rejected),
      dots('unknown', colours.unknown, points.unknown),
      {
        ...dots(outcomes[3], colours.bad, chart.contradictions, 7),
        large: false,
        symbol: 'diamond',
      },
      rate('acknowledged', colours.ok, rates.ok),
      rate('rejected', colours.rejected, rates.rejected),
      rate('unknown', colours.unknown, rates.unknown),
      lanesSeries(chart, pods),
    ],
  };
}

/** Down, suspected, failed, promoted, not yet redundant: each from its moment to the next that is known. */
function bandsOf({ timeline, toS }: FaultChart) {
  const steps = [
    ['down', timeline.stoppedMs ?? timeline.injectedMs, 'rgba(214,41,62,0.14)'],
    ['suspected', timeline.suspectedMs, 'rgba(194,121,29,0.16)'],
    ['failed', timeline.failedMs, 'rgba(214,41,62,0.22)'],
    ['promoted', timeline.promotedMs, 'rgba(47,126,216,0.12)'],
    ['pod ready', timeline.podReadyMs, 'rgba(59,143,90,0.10)'],
    ['redundant', timeline.redundantMs, 'rgba(59,143,90,0.05)'],
  ] as const;
  const known = steps
    .flatMap(([name, ms, colour]) => (ms === null ? [] : [{ name, from: ms / 1000, colour }]))
    .sort((a, b) => a.from - b.from);
  return {
    silent: true,
    label: { color: ink, fontSize: 10, position: 'insideTop' as const },
    data: known.map(({ name, from, colour }, index) => {
      const to = known[index + 1]?.from ?? toS;
      // a label that does not fit its band would lie on its neighbour's
      const shown = to - from > (toS - fromOf(known)) / 20;
      return [
        { name: shown ? name : '', xAxis: from, itemStyle: { color: colour } },
        { xAxis: to },
      ] as [Band, Band];
    }),
  };
}

type Band = { name?: string; xAxis: number; itemStyle?: { color: string } };

function fromOf(known: readonly { readonly from: number }[]): number {
  return known[0]?.from ?? 0;
}

function lanesSeries({ lanes }: FaultChart, pods: readonly string[]) {
  const parts = [...lanes.values()].flat();
  return {
    name: 'servers',
    type: 'custom' as const,
    xAxisIndex: 2,
    yAxisIndex: 2,
    silent: true,
    legendHoverLink: false,
    encode: { x: [0, 1], y: 2 },
    data: parts.map(({ pod, fromUs, toUs }) => [fromUs / 1e6, toUs / 1e6, pods.indexOf(pod)]),
    renderItem: (params: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI) => {
      const part = parts[params.dataIndex];
      const [x = 0, y = 0] = api.coord([api.value(0), api.value(2)]);
      const [end = 0] = api.coord([api.value(1), api.value(2)]);
      const state: LaneState = part?.state ?? 'gone';
      const told = part ? `${state} ${part.address}` : '';
      const tall = laneHeight - 5;
      return {
        type: 'group' as const,
        children: [
          {
            type: 'rect' as const,
            shape: { x, y: y - tall / 2, width: Math.max(1, end - x), height: tall },
            style: { fill: colours[state], opacity: state === 'gone' ? 0.35 : 0.85 },
          },
          {
            type: 'text' as const,
            style: {
              // about 6 px a letter: text that does not fit would lie on the next stretch
              text: end - x > 6 * told.length ? told : end - x > 6 * state.length ? state : '',
              x: x + 4,
              y,
              textVerticalAlign: 'middle' as const,
              fontSize: 10,
              fill: '#fff',
            },
          },
        ],
      };
    },
  };
}

/** The page decides how wide it is; the drawing keeps its shape. */
function withoutFixedSize(svg: string): string {
  return svg.replace(/^<svg width="\d+" height="\d+"/, '<svg');
}
