//! Every command that the window may call, once. The build script makes a
//! permission from each name and grants it; `lib.rs` registers the functions
//! and binds them.

/// Passes the list to another macro, after the other arguments of that macro.
///
/// A command that is generic over the runtime is marked `<R>`. The raw commands
/// take or return bytes, which the typed bindings cannot describe.
macro_rules! with_commands {
    ($expand:ident) => {
        $expand! {
            typed {
                clipboard::copy_text,
                dates::put_made,
                dates::revert_made,
                dates::set_made,
                galleries::add_to_gallery,
                galleries::arrange_galleries,
                galleries::create_gallery,
                galleries::delete_gallery,
                galleries::list_galleries,
                galleries::rename_gallery,
                galleries::set_gallery_cover,
                galleries::take_from_gallery,
                images::bootstrap,
                images::counts,
                images::drag_images<R>,
                images::edit_image,
                images::empty_trash,
                images::get_image,
                images::get_links,
                images::get_tiles,
                images::list_images,
                images::open_link<R>,
                images::remove_images,
                images::restore_images,
                images::set_visibility,
                imports::cancel_import,
                imports::import_dropped,
                imports::import_with_dialog<R>,
                log::report_page_error,
                log::reveal_log<R>,
                reference_links::link_references,
                reference_links::made_with,
                reference_links::unlink_reference,
                generation_data::parameters_text,
                generation_data::raw_metadata,
                generation_data::revert_edit,
                generation_data::save_workflow<R>,
                memory::remember,
                memory::window_memory,
                recovery::recover_library<R>,
                recovery::recovery_offer,
                recovery::reopen_library<R>,
                searches::explain_search,
                searches::forget_search,
                searches::save_search,
                searches::saved_searches,
                searches::search_facets,
                selection::selection_summary,
                settings::add_profile,
                settings::bucket_settings,
                settings::bucket_status,
                settings::bucket_usage,
                settings::check_bucket,
                settings::connect_bucket,
                settings::disconnect_bucket,
                settings::reveal_library<R>,
                settings::save_settings,
                settings::space_use,
                settings::switch_profile,
                transfers::cached_copies,
                transfers::cancel_transfer,
                transfers::list_transfers,
                transfers::pause_transfers,
                transfers::resume_transfers,
                transfers::retry_transfers,
                transfers::transfer_summary,
                verify::cancel_verify,
                verify::verify_library,
                watch::settle_watch_offer,
                watch::set_watch_ignored,
                watch::unwatch_folder,
                watch::watch_folder_with_dialog<R>,
                watch::watched_folders,
            }
            raw {
                images::view_index,
                imports::import_pasted,
            }
        }
    };
}
