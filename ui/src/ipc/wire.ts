// The runtime half of the contract in bindings.ts: one call per command, one
// listener per event. Goes away when the generated bindings carry both.
import { invoke } from "@tauri-apps/api/core";
import { listen, type Event } from "@tauri-apps/api/event";
import type * as contract from "./bindings";

type Commands = typeof contract.commands;

export const commands: Commands = {
  bootstrap: () => invoke("bootstrap"),
  listImages: (view, page) => invoke("list_images", { view, page }),
  getTiles: (ids) => invoke("get_tiles", { ids }),
  getImage: (id) => invoke("get_image", { id }),
  setVisibility: (ids, visibility) => invoke("set_visibility", { ids, visibility }),
  editImage: (id, edit) => invoke("edit_image", { id, edit }),
  removeImages: (ids, permanently) => invoke("remove_images", { ids, permanently }),
  restoreImages: (ids) => invoke("restore_images", { ids }),
  emptyTrash: () => invoke("empty_trash"),
  counts: () => invoke("counts"),
  listGalleries: () => invoke("list_galleries"),
  createGallery: (name) => invoke("create_gallery", { name }),
  renameGallery: (id, name) => invoke("rename_gallery", { id, name }),
  deleteGallery: (id) => invoke("delete_gallery", { id }),
  addToGallery: (id, images) => invoke("add_to_gallery", { id, images }),
  takeFromGallery: (id, images) => invoke("take_from_gallery", { id, images }),
  importWithDialog: (target) => invoke("import_with_dialog", { target }),
  importDropped: (token, target) => invoke("import_dropped", { token, target }),
  cancelImport: () => invoke("cancel_import"),
  openLink: (id) => invoke("open_link", { id }),
  transferSummary: () => invoke("transfer_summary"),
  listTransfers: (limit) => invoke("list_transfers", { limit }),
  pauseTransfers: () => invoke("pause_transfers"),
  resumeTransfers: () => invoke("resume_transfers"),
  retryTransfers: (ids) => invoke("retry_transfers", { ids }),
  cancelTransfer: (id) => invoke("cancel_transfer", { id }),
  bucketSettings: () => invoke("bucket_settings"),
  connectBucket: (form) => invoke("connect_bucket", { form }),
  disconnectBucket: () => invoke("disconnect_bucket"),
  checkBucket: () => invoke("check_bucket"),
  saveSettings: (settings) => invoke("save_settings", { settings }),
  addProfile: (name) => invoke("add_profile", { name }),
  switchProfile: (id) => invoke("switch_profile", { id }),
  revealLibrary: () => invoke("reveal_library"),
};

const event = <T>(name: string) => ({
  listen: (receive: (event: Event<T>) => void) => listen<T>(name, receive),
});

export const events = {
  catalogChanged: event<contract.CatalogChanged>("catalog-changed"),
  importProgress: event<contract.ImportProgress>("import-progress"),
  dragOver: event<contract.DragOver>("drag-over"),
  dropped: event<contract.Dropped>("dropped"),
  transfersChanged: event<contract.TransferSummary>("transfers-changed"),
  checkStep: event<contract.CheckStep>("check-step"),
};
