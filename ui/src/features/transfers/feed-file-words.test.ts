import { expect, it } from "vitest";
import { aTransfer } from "../../testing/fixtures";
import { mayCancel, transferWords } from "./words";

const file = { is_feed_file: true, image_id: null, filename: "index.html" } as const;

it("names what happens to the files of a feed", () => {
  const words = (part: Parameters<typeof aTransfer>[0]) =>
    transferWords(aTransfer({ ...file, ...part }), 0);
  expect(words({ state: "active" })).toBe("Publishing");
  expect(words({})).toBe("Waiting to be published");
  expect(words({ state: "active", operation: "delete" })).toBe("Removing from the feed");
  expect(words({ operation: "delete" })).toBe("Waiting to be removed from the feed");
});

it("files of a feed go out together, so that none is cancelled alone", () => {
  expect([mayCancel(aTransfer(file)), mayCancel(aTransfer())]).toEqual([false, true]);
});
