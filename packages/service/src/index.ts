export { openAdmin, type Admin, type Check } from "./admin.ts";
export { listen, nothingHere, problem, unexpected, type Door, type Place } from "./door.ts";
export { openLog, plainLine, sentenceOf, standardError, type Facts, type Log, type LogLevel } from "./log.ts";
export { openMetrics, type Metrics } from "./metrics.ts";
export { retrying, sleep, within } from "./retry.ts";
export { runService, type Running } from "./run.ts";
export { readSecret } from "./secrets.ts";
export { childEnvironment, environmentOf, readSettings, type Settings } from "./settings.ts";
export {
  SERVICES,
  SETTINGS,
  type Process,
  type ServiceName,
  type Setting,
  type SettingName,
} from "./settings-table.ts";
export { VERSION } from "./version.ts";
