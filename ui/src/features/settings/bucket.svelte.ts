// Owns the bucket form and its check. Keys pass through and are not stored.
import { commands, events } from "$ipc";
import type { BucketSettings, CheckStep, Jurisdiction } from "../../ipc/bindings";

/** The environment variables that set a field, so that the form cannot change it. */
const variables = {
  account_id: "R2_ACCOUNT_ID",
  endpoint: "R2_ENDPOINT",
  bucket: "R2_BUCKET_NAME",
  public_url: "R2_PUBLIC_URL",
  aws_profile: "R2_AWS_PROFILE",
  access_key: "R2_ACCESS_KEY_ID",
  secret_key: "R2_SECRET_ACCESS_KEY",
  zone_id: "R2_ZONE_ID",
  purge_token: "R2_PURGE_TOKEN",
} as const;
export type BucketField = keyof typeof variables;

export class BucketForm {
  settings = $state.raw<BucketSettings | null>(null);
  account_id = $state("");
  endpoint = $state("");
  jurisdiction = $state<Jurisdiction>("default");
  bucket = $state("");
  public_url = $state("");
  aws_profile = $state("");
  access_key = $state("");
  secret_key = $state("");
  zone_id = $state("");
  purge_token = $state("");

  steps = $state.raw<CheckStep[]>([]);
  busy = $state<"connecting" | "checking" | "disconnecting" | null>(null);

  readonly missing = $derived.by((): string | null => {
    if (this.account_id.trim() === "" && this.endpoint.trim() === "") {
      return "Enter the account ID, or the endpoint of another S3 store.";
    }
    if (this.bucket.trim() === "") return "Enter the name of the bucket.";
    if (this.public_url.trim() === "") return "Enter the public URL of the bucket.";
    const zone = this.zone_id.trim();
    if (zone !== "" && !/^[0-9a-f]{32}$/iu.test(zone)) {
      return "A zone ID has 32 digits and letters from a to f.";
    }
    if (zone === "" && this.purge_token.trim() !== "" && this.fixed("zone_id") === null) {
      return "Enter the zone ID that the purge token is for.";
    }
    const keys = [this.access_key, this.secret_key].filter((key) => key.trim() !== "").length;
    if (keys === 1) return "Enter both the access key ID and the secret access key.";
    const hasProfile = this.aws_profile.trim() !== "";
    if (hasProfile) {
      return keys > 0 ? "Enter either keys or the name of an AWS profile." : null;
    }
    if (keys === 0 && !this.#hasOtherKeys)
      return "Enter the access key ID and the secret access key.";
    return null;
  });

  /** Whether keys are stored that do not come from the saved profile. */
  get #hasOtherKeys(): boolean {
    const { settings } = this;
    const isFromSavedProfile =
      settings?.credentials_kept === "aws_profile" && settings.aws_profile !== "";
    return (settings?.has_credentials ?? false) && !isFromSavedProfile;
  }

  take(settings: BucketSettings): void {
    this.settings = settings;
    this.account_id = settings.account_id;
    this.endpoint = settings.endpoint;
    this.jurisdiction = settings.jurisdiction;
    this.bucket = settings.bucket;
    this.public_url = settings.public_url;
    this.aws_profile = settings.aws_profile;
    this.zone_id = settings.zone_id;
  }

  fixed(field: BucketField): string | null {
    const name = variables[field];
    return this.settings?.from_environment.includes(name) ? name : null;
  }

  async load(): Promise<void> {
    this.take(await commands.bucketSettings());
  }

  async connect(): Promise<void> {
    this.busy = "connecting";
    const access = this.access_key.trim();
    const secret = this.secret_key.trim();
    const token = this.purge_token.trim();
    this.#forgetKeys();
    try {
      this.take(
        await commands.connectBucket({
          account_id: this.account_id.trim(),
          endpoint: this.endpoint.trim(),
          jurisdiction: this.jurisdiction,
          bucket: this.bucket.trim(),
          public_url: this.public_url.trim(),
          aws_profile: this.aws_profile.trim(),
          credentials: access === "" ? null : { access_key_id: access, secret_access_key: secret },
          zone_id: this.zone_id.trim(),
          purge_token: token === "" ? null : token,
        }),
      );
    } finally {
      this.busy = null;
    }
    await this.check();
  }

  async check(): Promise<void> {
    this.busy = "checking";
    this.steps = [];
    const stop = await events.checkStep.listen(({ payload }) => this.#step(payload));
    try {
      this.steps = await commands.checkBucket();
    } finally {
      stop();
      this.busy = null;
    }
  }

  #step(step: CheckStep): void {
    const others = this.steps.filter((each) => each.step !== step.step);
    this.steps = [...others, step];
  }

  async disconnect(): Promise<void> {
    this.busy = "disconnecting";
    try {
      this.take(await commands.disconnectBucket());
      this.steps = [];
    } finally {
      this.busy = null;
    }
  }

  #forgetKeys(): void {
    this.access_key = "";
    this.secret_key = "";
    this.purge_token = "";
  }
}
