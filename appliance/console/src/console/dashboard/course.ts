/** What a chart draws of a figure. Pure: colours and words are handed in. */

import type { ComposeOption } from "echarts/core";
import type { BarSeriesOption, LineSeriesOption } from "echarts/charts";
import type { GridComponentOption, LegendComponentOption, TooltipComponentOption } from "echarts/components";

import type { Step, Value } from "./api";

export type Drawn = ComposeOption<
  LineSeriesOption | BarSeriesOption | GridComponentOption | TooltipComponentOption | LegendComponentOption
>;

export interface Colours {
  now: string;
  before: string;
  text: string;
  edge: string;
  surface: string;
}

export interface Course {
  steps: string[];
  now: Value[];
  before: Value[];
}

export interface Look {
  colours: Colours;
  names: { now: string; before: string };
  written: (value: Value) => string;
  /** Of what is counted: no half ones on the axis. */
  isWhole: boolean;
}

/** Of one day the hours alone. */
export function tick(at: string, step: Step, isOneDay: boolean): string {
  const [day = "", hour = ""] = at.split("T");
  switch (step) {
    case "hour":
      return isOneDay ? hour : `${day.slice(5)} ${hour}`;
    case "month":
      return day.slice(0, 7);
    default:
      return day.slice(5);
  }
}

export function courseOf({ steps, now, before }: Course, { colours, names, written, isWhole }: Look): Drawn {
  const axis = { axisLabel: { color: colours.text }, axisTick: { show: false } };
  return {
    animation: false,
    grid: { left: 8, right: 16, top: 40, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, itemWidth: 18, textStyle: { color: colours.text }, data: [names.now, names.before] },
    // Drawn, not written into the page: the page's policy allows no styles in it.
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      order: "seriesDesc",
      backgroundColor: colours.surface,
      borderColor: colours.edge,
      textStyle: { color: colours.text },
      valueFormatter: (value) => written((value ?? null) as Value),
    },
    xAxis: { type: "category", data: steps, axisLine: { lineStyle: { color: colours.edge } }, ...axis },
    yAxis: {
      type: "value",
      minInterval: isWhole ? 1 : 0,
      splitLine: { lineStyle: { color: colours.edge } },
      axisLabel: { color: colours.text, formatter: (value: number) => written(value) },
    },
    series: [
      {
        name: names.before,
        type: "line",
        data: steps.map((_, place) => before[place] ?? null),
        lineStyle: { type: "dashed", width: 1.5 },
        itemStyle: { color: colours.before },
        symbolSize: 4,
        z: 1,
      },
      {
        name: names.now,
        type: "line",
        data: now,
        lineStyle: { width: 2 },
        itemStyle: { color: colours.now },
        areaStyle: { opacity: 0.08 },
        symbolSize: 6,
        z: 2,
      },
    ],
  };
}

export interface Bar {
  name: string;
  now: Value;
  before: Value;
}

/** The largest on top. */
export function barsOf(bars: Bar[], { colours, names, written, isWhole }: Look): Drawn {
  const sorted = [...bars].sort((a, b) => (a.now ?? 0) - (b.now ?? 0));
  const series = (name: string, color: string, opacity: number, values: Value[]): BarSeriesOption => ({
    name,
    type: "bar",
    data: values,
    itemStyle: { color, opacity, borderRadius: 2 },
    barMaxWidth: 14,
  });
  return {
    animation: false,
    grid: { left: 8, right: 56, top: 36, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, itemWidth: 14, textStyle: { color: colours.text }, data: [names.now, names.before] },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      order: "seriesDesc",
      backgroundColor: colours.surface,
      borderColor: colours.edge,
      textStyle: { color: colours.text },
      valueFormatter: (value) => written((value ?? null) as Value),
    },
    xAxis: {
      type: "value",
      minInterval: isWhole ? 1 : 0,
      splitLine: { lineStyle: { color: colours.edge } },
      axisLabel: { color: colours.text, formatter: (value: number) => written(value), hideOverlap: true },
    },
    yAxis: {
      type: "category",
      data: sorted.map((each) => each.name),
      axisLabel: { color: colours.text },
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colours.edge } },
    },
    series: [
      series(
        names.before,
        colours.before,
        0.4,
        sorted.map((each) => each.before),
      ),
      {
        ...series(
          names.now,
          colours.now,
          1,
          sorted.map((each) => each.now),
        ),
        label: {
          show: true,
          position: "right",
          color: colours.text,
          formatter: ({ value }) => written((value ?? null) as Value),
        },
      },
    ],
  };
}
