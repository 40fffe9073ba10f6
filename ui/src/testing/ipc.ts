// Stands in for ui/src/ipc in tests: the made-up host answers, every command is a
// mock that can answer otherwise, and every event can be sent by hand.
import { vi, type Mock } from "vitest";
import { daysInTrash, settingRanges, type OrderBy, type Tile, type View } from "../ipc/bindings";
import { madeUpHost, type MadeUpHost } from "./host/host";
import { Hub } from "./host/hub";

export * from "./fixtures";

type Names = keyof MadeUpHost["commands"];
type Answer = (...given: never[]) => Promise<unknown>;
export type Commands = Record<Names, Mock<Answer>>;

/** Returns a fresh stand-in around a list of images. */
export function mockIpc() {
  const hub = new Hub();
  let host = madeUpHost(hub);
  const names = Object.keys(host.commands) as Names[];
  const answerOf =
    (name: Names): Answer =>
    (...given) =>
      (host.commands[name] as Answer)(...given);
  const index = (view: View, order: OrderBy = { by: "made" }) => host.viewIndex(view, order);
  const viewIndex = vi.fn(index);
  const commands = Object.fromEntries(
    names.map((name) => [name, vi.fn(answerOf(name))]),
  ) as Commands;
  return {
    module: {
      commands,
      events: hub.events,
      imageUrl: (variant: string, id: string) => `vitrine://localhost/${variant}/${id}`,
      importPasted: vi.fn(),
      viewIndex,
      daysInTrash,
      settingRanges,
    },
    commands,
    viewIndex,
    /** what the host holds; changes of it are not told */
    get catalog() {
      return host.catalog;
    },
    hold: (tiles: Tile[]) => host.catalog.hold(tiles),
    send: hub.send.bind(hub),
    reset: () => {
      host = madeUpHost(hub);
      hub.clear();
      viewIndex.mockReset().mockImplementation(index);
      for (const name of names) commands[name].mockReset().mockImplementation(answerOf(name));
    },
  };
}
