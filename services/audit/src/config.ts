import { logFiles, type LogFiles } from "@holdfast/log/files";
import type { Place, Settings } from "@holdfast/service";

export type AuditConfig = {
  readonly files: LogFiles;
  readonly keyFile: string;
  readonly publicKeys: string;
  readonly approvers: string;
  readonly executorTokenFile: string;
  /** What alice is known by on the sandbox; elsewhere there is no alice. */
  readonly sandboxDigestFile: string | undefined;
  readonly place: Place;
};

export function auditConfig(settings: Settings<"audit">): AuditConfig {
  return Object.freeze({
    files: logFiles(settings.HOLDFAST_DATA),
    keyFile: settings.HOLDFAST_AUDIT_KEY_FILE,
    publicKeys: settings.HOLDFAST_PUBLIC_KEYS,
    approvers: settings.HOLDFAST_APPROVERS,
    executorTokenFile: settings.HOLDFAST_AUDIT_TOKEN_FILE,
    sandboxDigestFile: settings.HOLDFAST_CLUSTER === "sandbox" ? settings.HOLDFAST_APPROVER_DIGEST_FILE : undefined,
    place: {
      host: settings.HOLDFAST_AUDIT_HOST,
      port: settings.HOLDFAST_AUDIT_PORT,
      hostSetting: "HOLDFAST_AUDIT_HOST",
      portSetting: "HOLDFAST_AUDIT_PORT",
    },
  });
}
