// Decides counter histories with porcupine: JSON lines in, one answer a line out. The same histories go
// through our own checker in bench/porcupine.ts, and the answers must be the same.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/anishathalye/porcupine"
)

// increment is one request that was, or may have been, applied. A missing return is an unknown fate: it
// may take effect at any time after the call. A missing value is an answer that nobody got; place is the
// number that the final owner's ledger gives it, missing where there is no ledger.
type increment struct {
	Client int    `json:"client"`
	Call   int64  `json:"call"`
	Return *int64 `json:"return"`
	Value  *int64 `json:"value"`
	Place  *int64 `json:"place"`
}

type history struct {
	Base       int64       `json:"base"`
	Operations []increment `json:"operations"`
}

type answer struct {
	// "legal", "illegal" or "unknown": porcupine gave up when its time was over.
	Verdict string  `json:"verdict"`
	CPUMs   float64 `json:"cpuMs"`
	WallMs  float64 `json:"wallMs"`
}

func counter(base int64) porcupine.Model {
	return porcupine.Model{
		Init: func() interface{} { return base },
		Step: func(state, _, output interface{}) (bool, interface{}) {
			next := state.(int64) + 1
			told := output.(increment)
			fits := func(number *int64) bool { return number == nil || *number == next }
			return fits(told.Value) && fits(told.Place), next
		},
	}
}

func decide(h history, timeout time.Duration) answer {
	operations := make([]porcupine.Operation, 0, len(h.Operations))
	for _, op := range h.Operations {
		end := int64(math.MaxInt64)
		if op.Return != nil {
			end = *op.Return
		}
		operations = append(operations, porcupine.Operation{
			ClientId: op.Client, Input: nil, Call: op.Call, Output: op, Return: end,
		})
	}
	cpu, wall := cpuTime(), time.Now()
	result := porcupine.CheckOperationsTimeout(counter(h.Base), operations, timeout)
	took := answer{
		CPUMs:  float64((cpuTime() - cpu).Microseconds()) / 1000,
		WallMs: float64(time.Since(wall).Microseconds()) / 1000,
	}
	switch result {
	case porcupine.Ok:
		took.Verdict = "legal"
	case porcupine.Illegal:
		took.Verdict = "illegal"
	default:
		took.Verdict = "unknown"
	}
	return took
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func main() {
	seconds, err := strconv.Atoi(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "usage: porcupine SECONDS < histories.ndjson")
		os.Exit(64)
	}
	reader := bufio.NewReaderSize(os.Stdin, 1<<20)
	decoder := json.NewDecoder(reader)
	encoder := json.NewEncoder(os.Stdout)
	for decoder.More() {
		var h history
		if err := decoder.Decode(&h); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if err := encoder.Encode(decide(h, time.Duration(seconds)*time.Second)); err != nil {
			os.Exit(1)
		}
	}
}
