// Composes the state of the window and connects it to the host's events.
import { commands, events } from "$ipc";
import { createContext, tick } from "svelte";
import type { ImageKind, View } from "../ipc/bindings";
import { adviceFor, remedyLabels, type Remedy } from "../ipc/errors";
import { linkAs, type LinkFormat } from "../shared/links";
import { Announcements } from "../shared/announcements.svelte";
import { Confirmation } from "../shared/confirmation.svelte";
import { counted } from "../shared/text";
import { saveAll } from "../shared/saving";
import { Toasts } from "../shared/toasts.svelte";
import { Ahead } from "./ahead";
import { Dates } from "./dates";
import { Duplicates } from "./duplicates.svelte";
import { Edits } from "./edits.svelte";
import type { Complain } from "./outcomes";
import { Feed } from "./feed.svelte";
import { NamedSets } from "./named-sets";
import type { SetKind } from "./sets";
import { Arrangement } from "./arrangement";
import { SavedSearches } from "./saved-searches.svelte";
import { datesFound } from "./dates-words";
import { HandingOut } from "./handing-out.svelte";
import { broughtBack } from "./healed-words";
import { Imports } from "./imports.svelte";
import { readLastPlace } from "./last-place";
import { Library } from "./library.svelte";
import { LinksAfterUpload } from "./links-after-upload";
import { ReferenceLinks } from "./reference-links";
import { PictureMode } from "./mode.svelte";
import { MoreLike } from "./more-like.svelte";
import { Opening } from "./opening";
import { tellOfPageErrors } from "./page-errors";
import { orderWords, shuffled, type ListOrder, type OrderName } from "./orders";
import { Parts } from "./parts.svelte";
import { Preferences } from "./preferences.svelte";
import { ImageSearch } from "./search.svelte";
import { Setup } from "./setup.svelte";
import { closed } from "./stacks";
import { Texts } from "./texts";
import { Transfers } from "./transfers.svelte";
import { Undo, type Reached } from "./undo.svelte";
import { Veil } from "./veil.svelte";
import { viewOfSet } from "./views";
import { WatchedFolders } from "./watched.svelte";

/** A section that the settings can be opened at. */
export type SettingsSection = "watch" | "keys" | "feed";

export class App {
  /** the grid of a view, the settings, or the images that look the same */
  page = $state<"images" | "settings" | "duplicates">("images");
  /** what was opened over the window by an action */
  dialog = $state<"palette" | "keys" | null>(null);
  /** the kind of the set whose name is being typed in the sidebar, and the images it gets */
  newSet = $state.raw<{ kind: SetKind; images: readonly string[] } | null>(null);
  /** where the menu of the selection is open, in px */
  menu = $state.raw<{ x: number; y: number } | null>(null);
  readonly parts = new Parts();

  readonly toasts = new Toasts();
  readonly confirmation = new Confirmation();
  readonly announcements = new Announcements();
  readonly preferences = new Preferences();
  readonly mode = new PictureMode();
  readonly setup = new Setup();
  readonly veil = new Veil();
  readonly library = new Library(this.setup, this.mode);
  readonly selection = this.library.selection;

  /** Shows what went wrong, with a button for what helps. */
  readonly complain: Complain = (error, what, again) => {
    const { text, remedy } = adviceFor(error);
    const run = remedy === "retry" ? (again ?? null) : this.remedy(remedy);
    this.toasts.show(what ? `${what} ${text}` : text, {
      tone: "danger",
      action: remedy !== null && run !== null ? { label: remedyLabels[remedy], run } : null,
    });
  };

  readonly undone = new Undo();
  readonly edits = new Edits(
    this.library,
    this.toasts,
    this.confirmation,
    this.complain,
    this.undone,
  );
  readonly sets: Readonly<Record<SetKind, NamedSets>> = {
    gallery: this.#setsOf("gallery"),
    collection: this.#setsOf("collection"),
  };
  readonly arrangement = new Arrangement(this.library, this.selection, this.sets.collection);
  readonly handingOut = new HandingOut(this.toasts, this.complain);
  readonly texts = new Texts(this.toasts, this.complain, this.undone);
  readonly dates = new Dates(this.toasts, this.complain, this.undone);
  readonly referenceLinks = new ReferenceLinks(this.toasts, this.complain, this.undone);
  /** originals that are likely to be opened next */
  readonly ahead = new Ahead();
  readonly watched = new WatchedFolders();
  readonly imports = new Imports(this.library, this.toasts, this.complain);
  readonly linksAfterUpload = new LinksAfterUpload(
    () => this.setup.settings?.copy_links_after_upload === true,
    this.toasts,
    this.complain,
  );
  readonly transfers = new Transfers(this.complain);
  readonly feed = new Feed(this.setup, this.toasts, this.complain);
  readonly search = new ImageSearch(this.library, this.complain);
  readonly savedSearches = new SavedSearches(this.search, this.toasts, this.complain, this.undone);
  readonly moreLike = new MoreLike((text) => this.#searchFor(text), this.complain);
  readonly duplicates = new Duplicates(this.edits, this.complain);

  #setsOf(kind: SetKind): NamedSets {
    return new NamedSets(kind, this.library, this.toasts, this.complain, this.undone);
  }

  constructor() {
    this.imports.search = (text) => this.#searchFor(text);
    this.imports.reveal = (id) => this.#reveal(id);
    this.edits.madePublic = () => this.feed.offer();
    for (const sets of Object.values(this.sets))
      sets.renamed = () => void this.savedSearches.load();
    this.imports.brought = (ids) => this.linksAfterUpload.imported(ids);
    this.handingOut.showReferences = () => this.go({ view: "references", gallery: null });
    this.handingOut.copy = this.linksAfterUpload.copy = (text, said) => this.copy(text, said);
    this.edits.announce = this.texts.announce = (text) => this.announcements.say(text);
  }

  async start(opening = new Opening()): Promise<void> {
    this.#listen(opening);
    void this.imports.readOffer();
    const last = readLastPlace();
    if (last) this.library.rememberPlace(last);
    await this.begin(opening.page);
    if (last && this.setup.profile) this.library.resumeLastView(last);
  }

  /** Reads everything: at the start, and after the library could not be opened. */
  async begin(page?: Opening["page"]): Promise<void> {
    const bootstrap = await this.library.start(page);
    if (!bootstrap) return;
    this.transfers.take(bootstrap.transfers);
    if (bootstrap.healed) this.toasts.show(broughtBack(bootstrap.healed), { tone: "danger" });
    for (const problem of bootstrap.unreadable_settings)
      this.toasts.show(problem.message, { tone: "danger" });
    void this.savedSearches.load();
    void this.feed.load();
    // The settings show what is wrong with the watched folders.
    this.watched.load().catch(() => undefined);
    const { theme, start_veiled } = bootstrap.settings;
    this.veil.start({ veiled: start_veiled === true });
    if (theme) this.preferences.theme = theme;
  }

  /** Makes the host open the library again, in case the cause of the failure is gone. */
  async reopen(): Promise<void> {
    // `begin` shows why it still cannot be opened.
    await commands.reopenLibrary().catch(() => undefined);
    await this.begin();
  }

  #listen(opening: Opening): void {
    opening.hear((change) => {
      this.library.hear(change);
      this.duplicates.hear(change);
      void this.linksAfterUpload.hear(change);
    });
    const heard = [
      opening.listening,
      events.transfersChanged.listen(({ payload }) => this.transfers.take(payload)),
      events.cachesPurged.listen(() => this.transfers.purged()),
      events.datesFound.listen(({ payload }) => this.toasts.show(datesFound(payload))),
      events.duplicatesProgress.listen(({ payload }) => this.duplicates.hearProgress(payload)),
      events.feedChanged.listen(() => this.feed.hear()),
      events.windowCloses.listen(() => void this.#close()),
      events.catalogDamaged.listen(() => this.library.isDamaged()),
      events.filesOffered.listen(() => void this.imports.readOffer()),
      events.copiesSaved.listen(({ payload }) => this.handingOut.hear(payload)),
      events.importProgress.listen(({ payload }) => {
        this.imports.progress = payload.running ? payload : null;
      }),
    ];
    for (const each of heard) each.catch(this.complain);
    tellOfPageErrors(() => {
      const run = () => void commands.revealLog().catch(this.complain);
      this.toasts.show("Something went wrong in this window. The log has the details.", {
        tone: "danger",
        action: { label: "Show log", run },
      });
    });
  }

  async #close(): Promise<void> {
    await saveAll();
    await commands.closeWindow().catch(this.complain);
  }

  /** Returns the function of a remedy. Only the code that failed knows how to retry. */
  remedy(remedy: Remedy): (() => void) | null {
    switch (remedy) {
      case "settings":
        return () => this.openSettings();
      case "reload":
        return () => void this.library.listing.reload();
      case "folder":
        return () => void commands.revealLibrary().catch(this.complain);
      default:
        return null;
    }
  }

  /** Shows a view, wherever the window is. */
  go(view: View): void {
    this.page = "images";
    this.library.open(view);
  }

  /** Asks in the sidebar for the name of a new gallery or collection. */
  nameNewSet(kind: SetKind, images: readonly string[] = []): void {
    this.preferences.sidebar = true;
    this.newSet = { kind, images };
  }

  /** Creates the set whose name was asked for, and shows it. An empty name creates nothing. */
  async createSet(name: string): Promise<void> {
    const asked = this.newSet;
    this.newSet = null;
    if (!asked || name === "") return;
    const id = await this.sets[asked.kind].create(name, asked.images);
    if (id !== null) this.go(viewOfSet({ kind: asked.kind, id }));
  }

  /** Shows the favourites, wherever the window is. */
  showFavourites(): void {
    this.page = "images";
    this.mode.leave("view");
    void this.search.showFavourites();
  }

  #searchFor(text: string): Promise<void> {
    this.page = "images";
    this.mode.leave("view");
    return this.search.set(text);
  }

  /** Selects an image of the view and brings it on screen. */
  async #reveal(id: string): Promise<void> {
    this.page = "images";
    const at = await this.library.listing.find(id);
    if (at < 0) return;
    this.mode.leave("view");
    this.selection.choose(at, "only");
    // The grid exists once the settings are closed.
    await tick();
    this.parts.grid?.show(at);
  }

  /** the part of the settings to look at first */
  section = $state<SettingsSection | null>(null);

  openSettings(section: SettingsSection | null = null): void {
    this.mode.leave("view");
    this.section = section;
    this.page = "settings";
  }

  openDuplicates(): void {
    this.mode.leave("view");
    this.page = "duplicates";
  }

  /** Reverses the order of the view on screen. */
  reverseOrder(): void {
    const { order } = this.library;
    this.#sort({ ...order, reversed: !order.reversed });
  }

  /** Orders the view on screen. Shuffling again gives another order. */
  orderBy(name: OrderName): void {
    const { by } = this.library.order;
    this.#sort({ by: name === "shuffle" ? shuffled(by) : { by: name }, reversed: false });
  }

  #sort(order: ListOrder): void {
    this.library.sort(order);
    const { name, reversed, usual } = orderWords(order.by.by, this.library.view);
    this.announcements.say(`${name}, ${order.reversed ? reversed : usual}`);
  }

  /** Shows the variations of one prompt as stacks, or each image by itself. */
  toggleStacks(): void {
    const isStacked = !this.library.isStacked;
    const id = this.selection.active?.id ?? null;
    this.library.stack(isStacked);
    this.announcements.say(isStacked ? "Variations are stacked" : "All images are shown");
    if (id !== null) void tick().then(() => this.parts.grid?.show(this.library.listing.rowOf(id)));
  }

  /** Opens or closes the stack of a row in its place. The keyboard is on its cover then. */
  toggleStack(row: number): void {
    const { listing } = this.library;
    const size = listing.images.stackSizeAt(row);
    const cover = listing.toggleStack(row);
    if (cover < 0) return;
    const isOpen = listing.images.roleAt(cover) !== closed;
    this.announcements.say(`Stack of ${counted(size, "image")} ${isOpen ? "opened" : "closed"}`);
    this.selection.choose(cover, "only");
    // The grid first keeps its place in the list that changed.
    void tick().then(() => this.parts.grid?.show(cover));
  }

  /** Rates what actions apply to. In the viewer, the next picture may follow. */
  rate(rating: number): void {
    const isUnrated = this.selection.active?.rating === 0;
    this.edits.setRating(this.selection.targets(), rating);
    if (rating > 0 || isUnrated) this.#goOn();
  }

  toggleFavourite(): void {
    if (this.edits.toggleFavourite(this.selection.targets())) this.#goOn();
  }

  /** Shows the next picture after one was chosen, if the artist wants that. */
  #goOn(): void {
    if (this.setup.settings?.next_after_rating === true) this.selection.showNeighbour(1);
  }

  /** Keeps the active picture of a comparison, and shows the next challenger. */
  keepActive(): void {
    const { comparison } = this.mode;
    if (!comparison) return;
    const { active } = comparison;
    const { listing } = this.library;
    const kept = comparison.keep(listing.images.all);
    if (kept === "ended") this.toasts.show("No more images to compare.");
    if (kept !== "won" || active === null) return;
    this.mode.leave("compare");
    const at = listing.rowOf(active);
    if (at >= 0) this.selection.choose(at, "only");
    this.toasts.show(`${listing.get(active)?.filename ?? "This image"} won the comparison.`);
  }

  /** images of this library that are dragged over this window or another program */
  dragged: { ids: readonly string[]; kind: ImageKind | null } = { ids: [], kind: null };

  /** Begins to drag copies of images out of the window. */
  async dragOut(ids: readonly string[]): Promise<void> {
    const { images, view } = this.library.listing;
    const { all } = images;
    const kinds = new Set(all.positionsOf(ids).map((at) => all.kindAt(at)));
    const [kind = null] = kinds.size === 1 && view.view !== "trash" ? kinds : [];
    this.dragged = { ids, kind };
    try {
      await commands.dragImages([...ids]);
    } catch (error) {
      this.complain(error, "The images could not be dragged.");
    }
  }

  async copy(text: string, said: string): Promise<void> {
    try {
      await commands.copyText(text);
      this.toasts.show(said);
    } catch {
      this.toasts.show("The text could not be copied to the clipboard.", { tone: "danger" });
    }
  }

  /** Undoes the last step, and shows what it was. */
  async undo(): Promise<void> {
    this.#tell(await this.undone.undo(), "Undone", "Nothing to undo.");
  }

  async redo(): Promise<void> {
    this.#tell(await this.undone.redo(), "Redone", "Nothing to redo.");
  }

  #tell(step: Reached, reached: string, nothing: string): void {
    // A step that failed has shown the reason itself.
    if (step === false) return;
    this.toasts.show(step ? `${reached}: ${step.what}` : nothing, { isStep: true });
    if (step?.images?.length === 1) this.#showInViewer(step.images[0]);
  }

  /** Shows an image in the viewer, if that is open and the view has the image. */
  #showInViewer(id: string | undefined): void {
    if (!this.mode.viewing || id === undefined || this.selection.active?.id === id) return;
    const { listing } = this.library;
    listing.openStack(listing.rowOf(id));
    const at = listing.indexOf(id);
    if (at >= 0) this.selection.show(at);
  }

  /** Copies the link of a reference as the artist chose while picking. */
  pick(id: string): void {
    void this.copyLinks([id], this.preferences.pickAs);
  }

  /** Copies the links of images, one a line, and says how many had none yet. */
  async copyLinks(ids: readonly string[], format: LinkFormat = "url"): Promise<void> {
    if (ids.length === 0) return;
    try {
      const found = await commands.getLinks([...ids]);
      const without = ids.length - found.length;
      if (found.length === 0) {
        const why = this.setup.bucket?.configured
          ? "Images get a link when they are uploaded."
          : "Connect a bucket to get links.";
        this.toasts.show(`No link to copy yet. ${why}`);
        return;
      }
      const urls = new Map(found.map(({ id, url }) => [id, url]));
      const words = (id: string) => this.library.listing.get(id)?.prompt ?? "";
      const links = ids.flatMap((id) => {
        const url = urls.get(id);
        return url === undefined ? [] : [linkAs(format, url, words(id))];
      });
      const missingLinks = without > 0 ? ` ${counted(without, "image")} had no link yet.` : "";
      await this.copy(links.join("\n"), `Copied ${counted(found.length, "link")}.${missingLinks}`);
    } catch (error) {
      this.complain(error, "The links could not be read.");
    }
  }
}

export const [useApp, provideApp] = createContext<App>();
