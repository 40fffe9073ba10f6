//! What a library does by itself while a program keeps it open.

use crate::library::{Library, WatchPace};
use std::future::Future;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

impl Library {
    /// Sends transfers, keeps feeds published, imports from watched folders, empties the trash of old
    /// images, backs up and checks the catalog, reads older files again, and
    /// notices changes by other processes. Returns once `cancel` has stopped it
    /// all. A task that panics does not stop the others.
    pub async fn tend(&self, cancel: CancellationToken) {
        let mut tasks = JoinSet::new();
        self.start(&mut tasks, &cancel, |library, cancel| async move { library.run_transfers(cancel).await });
        self.start(&mut tasks, &cancel, |library, cancel| async move {
            library.watch_other_processes(cancel).await;
        });
        self.start(&mut tasks, &cancel, |library, cancel| async move {
            library.keep_feeds_published(cancel).await;
        });
        self.start(&mut tasks, &cancel, |library, cancel| async move {
            library.watch_folders(WatchPace::default(), cancel, |_| ()).await;
        });
        self.start(&mut tasks, &cancel, |library, cancel| async move { library.keep_to_space(cancel).await });
        self.start(&mut tasks, &cancel, |library, cancel| async move { library.catch_up(cancel).await });
        self.start(&mut tasks, &cancel, |library, cancel| async move {
            library.look_after_catalog(cancel).await;
        });
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a background task ended early");
            }
        }
    }

    fn start<F>(
        &self,
        tasks: &mut JoinSet<()>,
        cancel: &CancellationToken,
        work: impl FnOnce(Self, CancellationToken) -> F,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        tasks.spawn(work(self.clone(), cancel.clone()));
    }
}
