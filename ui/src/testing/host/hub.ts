// Owns the events of a made-up host: tests listen to them, and send them.
import type { events as real } from "../../ipc";

type Names = keyof typeof real;
export type PayloadOf<Name extends Names> = Parameters<
  Parameters<(typeof real)[Name]["listen"]>[0]
>[0]["payload"];

type Receive<Name extends Names> = (event: { payload: PayloadOf<Name> }) => void;
type Event<Name extends Names> = { listen: (receive: Receive<Name>) => Promise<() => void> };
type Heard = { [Name in Names]: Event<Name> };

export class Hub {
  readonly #listeners = new Map<Names, Set<Receive<never>>>();

  readonly events: Heard = {
    cachesPurged: this.#event("cachesPurged"),
    catalogChanged: this.#event("catalogChanged"),
    catalogDamaged: this.#event("catalogDamaged"),
    checkStep: this.#event("checkStep"),
    copiesSaved: this.#event("copiesSaved"),
    datesFound: this.#event("datesFound"),
    dragOver: this.#event("dragOver"),
    dropped: this.#event("dropped"),
    duplicatesProgress: this.#event("duplicatesProgress"),
    feedChanged: this.#event("feedChanged"),
    windowCloses: this.#event("windowCloses"),
    filesOffered: this.#event("filesOffered"),
    importProgress: this.#event("importProgress"),
    transfersChanged: this.#event("transfersChanged"),
    verifyProgress: this.#event("verifyProgress"),
  };

  #event<Name extends Names>(name: Name): Event<Name> {
    return {
      listen: async (receive: Receive<Name>) => {
        const listeners = this.#listeners.get(name) ?? new Set();
        this.#listeners.set(name, listeners.add(receive));
        return () => void listeners.delete(receive);
      },
    };
  }

  send<Name extends Names>(name: Name, payload: PayloadOf<Name>): void {
    for (const receive of this.#listeners.get(name) ?? []) (receive as Receive<Name>)({ payload });
  }

  clear(): void {
    this.#listeners.clear();
  }
}
