import { expect, it } from "vitest";
import { backupOf, damagedWords, recoveryWords } from "./words";

const nothing = {
  backup_of: null,
  set_aside: null,
  found_again: 0,
  from_journal: 0,
  left_alone: 0,
};

it("explains what happened to the catalog and the pictures", () => {
  expect(recoveryWords({ ...nothing, outcome: "healthy" })).toContain("nothing was changed");
  expect(recoveryWords({ ...nothing, outcome: "started_empty", found_again: 2 })).toBe(
    "Started with an empty catalog. 2 pictures were found on the disk and added as unlisted.",
  );
  const restored = recoveryWords({
    outcome: "restored",
    backup_of: Date.UTC(2024, 10, 24, 12),
    set_aside: "catalog.damaged-1.db",
    found_again: 3,
    from_journal: 3,
    left_alone: 1,
  });
  expect(restored).toContain("Restored the backup of 24 Nov 2024");
  expect(restored).toContain("3 newer pictures were restored from the journal");
  expect(restored).not.toContain("unlisted");
  expect(restored).toContain("1 file could not be imported and is still on the disk");
});

it("names some of the pictures with damaged entries", () => {
  expect(damagedWords(["a.png"])).toBe(
    "The catalog entry of a.png is damaged. Verify in Settings can repair it.",
  );
  expect(damagedWords(["a.png", "b.png", "c.png", "d.png", "e.png"])).toBe(
    "The catalog entries of a.png, b.png, c.png and 2 more pictures are damaged. Verify in Settings can repair them.",
  );
});

it("does not name a backup by a date in the future", () => {
  const now = Date.UTC(2024, 10, 24, 12);
  expect(backupOf(now - 1, now)).toContain("24 Nov 2024");
  expect(backupOf(Date.UTC(2030, 0, 1), now)).toBe("the newest backup");
});
