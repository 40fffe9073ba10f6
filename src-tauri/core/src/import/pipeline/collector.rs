//! Puts the results of the workers in order, commits them in groups, and reports each one once it is
//! durable.

use super::guide::Counted;
use super::{Judged, Verdict, name_of};
use crate::import::commit::{Committed, Committer, Ready};
use crate::import::passed::Passed;
use crate::import::request::ImportEvent;
use crate::import::sequence::{Gate, Sequence};
use crate::model::{ImportedFile, Rejection};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// The maximum number of rows that share one transaction.
const GROUP: usize = 64;

/// How often the import checks whether it was cancelled, while no file is finished.
const LOOK: Duration = Duration::from_millis(50);

/// Receives what the workers judged, puts it in order, and commits it in groups.
pub(super) struct Collector<'a> {
    pub(super) committer: Committer<'a>,
    pub(super) counted: &'a Counted,
    /// Reported files that the walk had not counted.
    pub(super) uncounted: usize,
    /// The sources for which something was reported.
    pub(super) answered: HashSet<usize>,
    /// The sources in which something is hidden.
    pub(super) has_hidden: HashSet<usize>,
    pub(super) cancel: &'a CancellationToken,
    pub(super) tell: &'a mut dyn FnMut(ImportEvent<'_>),
}

impl Collector<'_> {
    pub(super) fn collect(&mut self, judged: &Receiver<Judged>, gate: Gate) {
        let mut sequence = Sequence::new(gate, Instant::now());
        let mut is_open = true;
        while is_open && !self.cancel.is_cancelled() {
            let mut next = match judged.recv_timeout(LOOK) {
                Ok(first) => Some(first),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => {
                    is_open = false;
                    None
                }
            };
            while let Some(item) = next {
                let (number, weight) = (item.number, item.weight());
                sequence.put(number, item, weight, Instant::now(), Judged::set_aside);
                next = judged.try_recv().ok();
            }
            self.tell_of_what_was_found();
            let take = || if is_open { sequence.take(Instant::now()) } else { sequence.take_rest() };
            self.hand_on(std::iter::from_fn(take));
        }
    }

    fn tell_of_what_was_found(&mut self) {
        let count = &self.counted.files;
        let is_all = count.is_all.load(Ordering::Acquire);
        let files = count.files.load(Ordering::Relaxed) + self.uncounted;
        (self.tell)(ImportEvent::Found { files, is_all });
    }

    /// Commits the files that are ready, and reports everything in order.
    fn hand_on(&mut self, items: impl Iterator<Item = Judged>) {
        let mut items = items.peekable();
        while items.peek().is_some() && !self.cancel.is_cancelled() {
            let (mut group, mut files) = (Vec::new(), Vec::new());
            while group.len() < GROUP {
                let Some(Judged { number, source, path, name, met, verdict }) = items.next() else { break };
                match verdict {
                    Verdict::Passed(what) => {
                        if matches!(what, Passed::Hidden) {
                            self.has_hidden.insert(source);
                        }
                        let is_counted = !path.as_os_str().is_empty() && met.is_counted();
                        (self.tell)(ImportEvent::PassedOver { what, is_counted });
                        continue;
                    }
                    Verdict::Refused(rejection) => {
                        files.push((number, ImportedFile::refused(path, name, rejection)));
                    }
                    Verdict::Ready(id, prepared) => {
                        group.push(Ready { id, number, path, met, prepared: *prepared });
                    }
                }
                self.uncounted += usize::from(!met.is_counted());
                self.answered.insert(source);
            }
            if !group.is_empty() {
                let Committed { files: committed, added, switched, joined_stacks } =
                    self.committer.commit(group);
                if !added.is_empty() {
                    (self.tell)(ImportEvent::Added(&added));
                }
                if !switched.is_empty() {
                    (self.tell)(ImportEvent::Switched(&switched));
                }
                if joined_stacks {
                    (self.tell)(ImportEvent::JoinedStacks);
                }
                files.extend(committed);
                files.sort_by_key(|(number, _)| *number);
            }
            for (_, file) in &files {
                (self.tell)(ImportEvent::File(file));
            }
        }
    }

    /// Reports each folder for which nothing was reported: it contains no pictures.
    pub(super) fn say_which_are_empty(&mut self, folders: &[(usize, PathBuf)]) {
        for (source, path) in folders {
            if !self.answered.contains(source) {
                let has_hidden = self.has_hidden.contains(source);
                let refused = if has_hidden { Rejection::all_hidden() } else { Rejection::no_pictures() };
                let file = ImportedFile::refused(path.clone(), name_of(path), refused);
                (self.tell)(ImportEvent::File(&file));
            }
        }
    }
}
