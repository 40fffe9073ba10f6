// The parts of the window that nobody sees before the first pictures. They are in a script of
// their own, which is read after those.
export { default as Duplicates } from "./features/duplicates/Duplicates.svelte";
export { default as FeedOffer } from "./features/feed/FeedOffer.svelte";
export { default as PickBar } from "./features/galleries/PickBar.svelte";
export { default as EmptyView } from "./features/imports/EmptyView.svelte";
export { default as FileOffer } from "./features/imports/FileOffer.svelte";
export { default as ImportReport } from "./features/imports/ImportReport.svelte";
export { default as Inspector } from "./features/inspector/Inspector.svelte";
export { default as KeysDialog } from "./features/keys/KeysDialog.svelte";
export { commandsOf } from "./features/palette/commands";
export { default as Palette } from "./features/palette/Palette.svelte";
export { default as ListingIncomplete } from "./features/recovery/ListingIncomplete.svelte";
export { default as OpeningFailed } from "./features/recovery/OpeningFailed.svelte";
export { default as Recovery } from "./features/recovery/Recovery.svelte";
export { default as ContextMenu } from "./features/selection/ContextMenu.svelte";
export { menuEntriesOf } from "./features/selection/menu-entries";
export { default as SelectionBar } from "./features/selection/SelectionBar.svelte";
export { default as Settings } from "./features/settings/Settings.svelte";
export { default as TransfersPanel } from "./features/transfers/TransfersPanel.svelte";
export { default as Compare } from "./features/viewer/Compare.svelte";
export { default as Viewer } from "./features/viewer/Viewer.svelte";
export { default as ConfirmDialog } from "./shared/ConfirmDialog.svelte";
