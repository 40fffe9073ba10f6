import { expect, it } from "vitest";
import { saveAll, saving } from "./saving";

it("leaves the field that is written in, and waits for all that is being saved", async () => {
  const done: string[] = [];
  const later = (name: string) =>
    new Promise<void>((resolve) => setTimeout(resolve, 5)).then(() => void done.push(name));
  const field = document.createElement("input");
  field.onblur = () => saving(later("written"));
  document.body.append(field);
  field.focus();
  saving(later("earlier"));
  saving(Promise.reject(new Error("refused")));
  await saveAll();
  expect(done).toEqual(["earlier", "written"]);
  expect(document.activeElement).not.toBe(field);
});
