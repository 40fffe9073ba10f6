//! Files dropped on the window. Their paths stay on this side: the interface
//! gets a token and the place, and says what the files are to become.

use crate::events::{self, DragOverEvent, DragPhase, DroppedEvent};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tauri::{DragDropEvent, Manager, PhysicalPosition, Runtime, Window};

/// Drops that wait for the interface at most; older ones are forgotten.
const MAX_WAITING: usize = 8;
/// The pointer is told of at most this often.
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

    /// Hands over the files of a drop, once.
    pub(crate) fn take(&self, token: u32) -> Option<Vec<PathBuf>> {
        self.with(|state| state.waiting.remove(&token))
    }
}

fn count(paths: &[PathBuf]) -> u32 {
    u32::try_from(paths.len()).unwrap_or(u32::MAX)
}

/// Takes what the system tells of files over a window.
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
            drops.with(|state| state.hovering = files);
            let (x, y) = css(position);
            events::tell(app, &DragOverEvent { phase: DragPhase::Enter, files, x, y });
        }
        DragDropEvent::Over { position } => {
            let (x, y) = css(position);
            let due = drops.with(|state| {
                let due = state.told.is_none_or(|told| told.elapsed() >= OVER_EVERY);
                if due {
                    state.told = Some(Instant::now());
                }
                due.then_some(state.hovering)
            });
            if let Some(files) = due {
                events::tell(app, &DragOverEvent { phase: DragPhase::Over, files, x, y });
            }
        }
        DragDropEvent::Drop { paths, position } => {
            let (x, y) = css(position);
            let token = drops.keep(paths.clone());
            events::tell(app, &DroppedEvent { token, files: count(paths), x, y });
        }
        _ => events::tell(app, &DragOverEvent { phase: DragPhase::Leave, files: 0, x: 0, y: 0 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drop_is_handed_over_once_and_old_ones_are_forgotten() {
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
