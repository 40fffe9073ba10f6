// Owns the settings of the published feed: shown at once, saved one after the other,
// rolled back if the host refuses them. What is not valid is shown, and not saved.
import { commands } from "$ipc";
import type { FeedSettings } from "../../ipc/bindings";
import { type AllFeedSettings, usualFeedSettings } from "../../state/usual-feed";
import { feedProblem } from "./feed-limits";

const complete = (settings: FeedSettings): AllFeedSettings => ({
  ...usualFeedSettings,
  ...settings,
});

/** A part of the settings that is changed and refused together. */
export type FeedField = Exclude<keyof FeedSettings, "is_on">;

export class FeedForm {
  /** null until the host has answered */
  settings = $state.raw<AllFeedSettings | null>(null);
  /** which field is not valid, and why */
  problem = $state.raw<{ field: FeedField; text: string } | null>(null);
  #saved: AllFeedSettings | null = null;
  /** One after the other: each starts from what the previous one saved. */
  #saving: Promise<unknown> = Promise.resolve();

  /** the saved settings cannot be read */
  isUnreadable = $state(false);

  async load(): Promise<void> {
    try {
      this.settings = this.#saved = complete(await commands.feedSettings());
      this.isUnreadable = false;
    } catch (error) {
      this.settings = null;
      this.isUnreadable = true;
      throw error;
    }
    this.problem = null;
  }

  /** Replaces settings that cannot be read. The feed is off after that. */
  async reset(): Promise<void> {
    this.settings = this.#saved = complete(await commands.saveFeedSettings(usualFeedSettings));
    this.isUnreadable = false;
    this.problem = null;
  }

  /** Saves one field. It stays as it was if it is not valid. */
  async save<Field extends FeedField>(field: Field, value: AllFeedSettings[Field]): Promise<void> {
    if (!this.settings || !this.#saved) return;
    this.settings = { ...this.settings, [field]: value };
    const text = feedProblem({ ...this.#saved, [field]: value });
    if (text !== null) {
      this.problem = { field, text };
      return;
    }
    if (this.problem?.field === field) this.problem = null;
    const saved = this.#saving.then(() => this.#send(field, value));
    this.#saving = saved.catch(() => undefined);
    await saved;
  }

  async #send<Field extends FeedField>(field: Field, value: AllFeedSettings[Field]): Promise<void> {
    try {
      // All settings are saved together, and another program may have changed the others.
      const others = await commands.feedSettings();
      this.#saved = complete(await commands.saveFeedSettings({ ...others, [field]: value }));
    } catch (error) {
      // A later value of the same field is still on its way.
      if (this.settings?.[field] === value && this.#saved) {
        this.settings = { ...this.settings, [field]: this.#saved[field] };
      }
      throw error;
    }
  }
}
