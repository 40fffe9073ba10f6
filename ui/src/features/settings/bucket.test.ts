import { beforeEach, expect, it, vi } from "vitest";
import type { CheckStep } from "../../ipc/bindings";
import { aBucketSettings } from "../../testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { BucketForm } = await import("./bucket.svelte");

beforeEach(() => ipc.reset());

function filled() {
  const form = new BucketForm();
  form.take(aBucketSettings());
  form.account_id = "abc";
  form.bucket = "images";
  form.public_url = "https://img.example.art";
  form.access_key = "AK";
  form.secret_key = "SK";
  return form;
}

it("clears the keys once they are sent, even if that fails", async () => {
  const form = filled();
  ipc.commands.connectBucket.mockRejectedValue({ code: "Bucket", message: "" });
  await expect(form.connect()).rejects.toMatchObject({ code: "Bucket" });
  expect(ipc.commands.connectBucket).toHaveBeenCalledWith(
    expect.objectContaining({
      credentials: { access_key_id: "AK", secret_access_key: "SK" },
    }),
  );
  expect([form.access_key, form.secret_key]).toEqual(["", ""]);
  expect(form.busy).toBeNull();
});

it("keeps stored keys if none are given", async () => {
  const form = filled();
  form.access_key = form.secret_key = "";
  form.take(aBucketSettings({ account_id: "abc", has_credentials: true }));
  ipc.commands.connectBucket.mockResolvedValue(aBucketSettings());
  ipc.commands.checkBucket.mockResolvedValue([]);
  await form.connect();
  expect(ipc.commands.connectBucket).toHaveBeenCalledWith(
    expect.objectContaining({ credentials: null }),
  );
});

it("names missing fields before anything is sent", () => {
  const form = filled();
  expect(form.missing).toBeNull();
  form.secret_key = "";
  expect(form.missing).toContain("both");
  form.public_url = "";
  expect(form.missing).toContain("public URL");
});

it("accepts an AWS profile or keys, but not both", () => {
  const form = filled();
  form.aws_profile = "r2";
  expect(form.missing).toContain("either");
  form.access_key = form.secret_key = "";
  expect(form.missing).toBeNull();
  // The keys of a profile that is taken away are not there any more.
  form.take(
    aBucketSettings({ aws_profile: "r2", has_credentials: true, credentials_kept: "aws_profile" }),
  );
  form.account_id = "abc";
  form.bucket = "images";
  form.public_url = "https://img.example.art";
  expect(form.missing).toBeNull();
  form.aws_profile = "";
  expect(form.missing).toContain("access key");
});

it("marks fields that the environment sets", () => {
  const form = filled();
  form.take(aBucketSettings({ from_environment: ["R2_BUCKET_NAME"] }));
  expect(form.fixed("bucket")).toBe("R2_BUCKET_NAME");
  expect(form.fixed("account_id")).toBeNull();
});

it("shows the steps of a check as they finish", async () => {
  const form = filled();
  let answer: (steps: unknown) => void = () => undefined;
  ipc.commands.checkBucket.mockReturnValue(new Promise((resolve) => (answer = resolve)));
  const checking = form.check();
  await vi.waitFor(() => expect(ipc.commands.checkBucket).toHaveBeenCalled());
  const step: CheckStep = { step: "endpoint", outcome: "passed", message: "", advice: null };
  ipc.send("checkStep", step);
  expect(form.steps).toEqual([step]);
  answer([step]);
  await checking;
  expect(form.busy).toBeNull();
});

it("asks for the zone of a purge token, and clears the token once it is sent", async () => {
  const form = filled();
  form.purge_token = "T";
  expect(form.missing).toContain("zone ID");
  form.zone_id = "abc";
  expect(form.missing).toContain("32 digits");
  form.zone_id = "7e57a11c0ffee0000deadbeef0012345";
  expect(form.missing).toBeNull();
  ipc.commands.connectBucket.mockResolvedValue(aBucketSettings());
  ipc.commands.checkBucket.mockResolvedValue([]);
  await form.connect();
  expect(ipc.commands.connectBucket).toHaveBeenCalledWith(
    expect.objectContaining({ zone_id: "7e57a11c0ffee0000deadbeef0012345", purge_token: "T" }),
  );
  expect(form.purge_token).toBe("");
});
