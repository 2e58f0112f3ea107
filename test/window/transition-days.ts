// Run as a program of its own, once for each zone a process may live in: prints, as JSON, what dayWindow makes of the
// days around every change of offset in every zone, wherever the oracle sees it differently.

import { dayWindow } from "../../src/window/day.ts";
import { oracleDate, oracleStart, oracleTransitionDays } from "./wall-oracle.ts";

const DAY = 86_400_000;
const differences: string[] = [];
const hours = new Set<number>();
let cases = 0;

for (const zone of Intl.supportedValuesOf("timeZone")) {
  for (const year of [2018, 2025, 2026]) {
    for (const transition of oracleTransitionDays(zone, year)) {
      // The local date of a moment of that UTC day is the date itself or a neighbour.
      for (const midnight of [transition - DAY, transition, transition + DAY]) {
        check(zone, new Date(midnight).toISOString().slice(0, 10), new Date(midnight + DAY).toISOString().slice(0, 10));
      }
    }
  }
}
process.stdout.write(JSON.stringify({ cases, differences, hours: [...hours].sort((a, b) => a - b) }));

function check(zone: string, date: string, next: string): void {
  const { from, to } = dayWindow(date, zone);
  cases += 1;
  hours.add((to - from) / 3_600_000);
  if (from !== oracleStart(zone, date)) differences.push(`${zone} ${date} begins ${new Date(from).toISOString()}`);
  if (oracleDate(zone, from) !== date) differences.push(`${zone} ${date} begins on another date`);
  if (!(oracleDate(zone, from - 1) < date)) differences.push(`${zone} ${date} had begun before`);
  if (to !== dayWindow(next, zone).from) differences.push(`${zone} ${date} and ${next} do not tile`);
}
