// Owns the setup of the library: the profile that works in it, its settings, and the
// bucket.
import { commands } from "$ipc";
import type { Bootstrap, BucketStatus, Failure, Profile, Settings } from "../ipc/bindings";

export class Setup {
  /** null until the library is open */
  profile = $state.raw<Profile | null>(null);
  profiles = $state.raw<Profile[]>([]);
  settings = $state.raw<Settings | null>(null);
  bucket = $state.raw<BucketStatus | null>(null);
  version = $state("");
  /** why the library is look-only, if it is */
  lookOnly = $state.raw<Failure | null>(null);
  /** the settings as they were last read or saved */
  #savedSettings: Settings | null = null;
  /** the changes that are being saved, the oldest first */
  #unsaved: Partial<Settings>[] = [];
  /** One after the other: each starts from what the previous one saved. */
  #saving: Promise<unknown> = Promise.resolve();

  take(bootstrap: Bootstrap): void {
    this.profile = bootstrap.profile;
    this.profiles = bootstrap.profiles;
    this.#savedSettings = bootstrap.settings;
    this.#show();
    this.bucket = bootstrap.bucket;
    this.version = bootstrap.version;
    this.lookOnly = bootstrap.look_only;
  }

  /** Reads the settings and profiles again, since another program may have changed them. */
  refresh(): Promise<void> {
    const read = this.#saving.then(async () => {
      const { profiles, settings } = await commands.bootstrap();
      this.profiles = profiles;
      this.#savedSettings = settings;
      this.#show();
    });
    this.#saving = read.catch(() => undefined);
    return read;
  }

  /** Saves some of the settings; shown at once, rolled back if it fails. */
  save(change: Partial<Settings>): Promise<void> {
    if (!this.settings) return Promise.resolve();
    this.#unsaved.push(change);
    this.#show();
    const saved = this.#saving.then(async () => {
      try {
        // All settings are saved together, and another program may have changed the others.
        this.#savedSettings = (await commands.bootstrap()).settings;
        this.#savedSettings = await commands.saveSettings({ ...this.#savedSettings, ...change });
      } finally {
        this.#unsaved = this.#unsaved.filter((each) => each !== change);
        this.#show();
      }
    });
    this.#saving = saved.catch(() => undefined);
    return saved;
  }

  /** Shows the saved settings with the changes that are not saved yet. */
  #show(): void {
    if (!this.#savedSettings) return;
    this.settings = this.#unsaved.reduce<Settings>(
      (settings, change) => ({ ...settings, ...change }),
      this.#savedSettings,
    );
  }
}
