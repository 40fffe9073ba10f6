//! Files dropped on the window. Their paths stay on this side: the interface
//! receives a token and the position, and decides what the files become.

use crate::events::{self, DragOverEvent, DragPhase, DroppedEvent};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tauri::{DragDropEvent, Manager, PhysicalPosition, Runtime, Window};

/// The maximum number of drops that wait for the interface; older ones are
/// forgotten.
const MAX_WAITING: usize = 8;
/// The minimum time between two reports of the pointer's position.
const OVER_EVERY: Duration = Duration::from_millis(50);

/// Drops whose target is not known yet.
#[derive(Default)]
pub(crate) struct Drops {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last: u32,
    waiting: BTreeMap<u32, Vec<PathBuf>>,
    hovering: u32,
    /// True if the files over the window were dragged from this window.
    is_ours: bool,
    /// The folder of the files that were last dragged from this window.
    ours: Option<PathBuf>,
    told: Option<Instant>,
}

impl Drops {
    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn keep(&self, paths: Vec<PathBuf>) -> u32 {
        self.with(|state| {
            state.last = state.last.wrapping_add(1);
            state.waiting.insert(state.last, paths);
            while state.waiting.len() > MAX_WAITING {
                state.waiting.pop_first();
            }
            state.last
        })
    }

    /// Notes the files that are dragged from this window, to recognise them if
    /// they come back.
    pub(crate) fn note_ours(&self, files: &[PathBuf]) {
        let folder = files.first().and_then(|file| file.parent()).map(Path::to_owned);
        self.with(|state| state.ours = folder);
    }

    fn are_ours(&self, paths: &[PathBuf]) -> bool {
        self.with(|state| {
            let in_it = |folder: &PathBuf| paths.iter().all(|path| path.starts_with(folder));
            !paths.is_empty() && state.ours.as_ref().is_some_and(in_it)
        })
    }

    /// Returns the files of a drop, once.
    pub(crate) fn take(&self, token: u32) -> Option<Vec<PathBuf>> {
        self.with(|state| state.waiting.remove(&token))
    }
}

fn count(paths: &[PathBuf]) -> u32 {
    u32::try_from(paths.len()).unwrap_or(u32::MAX)
}

/// Handles an event of the system about files over a window.
pub(crate) fn on_event<R: Runtime>(window: &Window<R>, event: &DragDropEvent) {
    let app = window.app_handle();
    let drops = app.state::<Drops>();
    let scale = window.scale_factor().unwrap_or(1.0);
    let css = |position: &PhysicalPosition<f64>| {
        let place = position.to_logical::<i32>(scale);
        (place.x, place.y)
    };
    match event {
        DragDropEvent::Enter { paths, position } => {
            let files = count(paths);
            let is_ours = drops.are_ours(paths);
            drops.with(|state| (state.hovering, state.is_ours) = (files, is_ours));
            let (x, y) = css(position);
            events::tell(app, &DragOverEvent { phase: DragPhase::Enter, files, is_ours, x, y });
        }
        DragDropEvent::Over { position } => {
            let (x, y) = css(position);
            let due = drops.with(|state| {
                let due = state.told.is_none_or(|told| told.elapsed() >= OVER_EVERY);
                if due {
                    state.told = Some(Instant::now());
                }
                due.then_some((state.hovering, state.is_ours))
            });
            if let Some((files, is_ours)) = due {
                events::tell(app, &DragOverEvent { phase: DragPhase::Over, files, is_ours, x, y });
            }
        }
        DragDropEvent::Drop { paths, position } => {
            let (x, y) = css(position);
            let is_ours = drops.are_ours(paths);
            // These images are in the library already, so nobody needs their
            // copies.
            let token = if is_ours { 0 } else { drops.keep(paths.clone()) };
            events::tell(app, &DroppedEvent { token, files: count(paths), is_ours, x, y });
        }
        _ => events::tell(
            app,
            &DragOverEvent { phase: DragPhase::Leave, files: 0, is_ours: false, x: 0, y: 0 },
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_this_window_lent_are_recognised_when_dropped() {
        let drops = Drops::default();
        let file = |name: &str| PathBuf::from(name);
        assert!(!drops.are_ours(&[file("/lent/1/a.png")]));
        drops.note_ours(&[file("/lent/1/a.png"), file("/lent/1/b.png")]);
        assert!(drops.are_ours(&[file("/lent/1/a.png"), file("/lent/1/b.png")]));
        for others in [vec![], vec![file("/elsewhere/a.png")], vec![file("/lent/1/a.png"), file("/c.png")]] {
            assert!(!drops.are_ours(&others), "{others:?}");
        }
    }

    #[test]
    fn a_drop_is_handed_over_once_and_old_drops_are_forgotten() {
        let drops = Drops::default();
        let first = drops.keep(vec!["a.png".into()]);
        assert_eq!(drops.take(first), Some(vec!["a.png".into()]));
        assert_eq!(drops.take(first), None);
        let old = drops.keep(vec!["b.png".into()]);
        for _ in 0..MAX_WAITING {
            drops.keep(Vec::new());
        }
        assert_eq!(drops.take(old), None);
    }
}
