//! What the library acknowledged before it was killed, read from the child's
//! log. A change that was requested and not acknowledged may or may not have
//! happened.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The expected state of one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) public: bool,
    pub(crate) trashed: bool,
}

/// The change that was requested last and not acknowledged.
#[derive(Debug)]
enum Asked {
    Import(Vec<String>),
    Change { id: String, after: Option<State> },
}

/// One image in the catalog after a kill.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) id: String,
    pub(crate) sha256: String,
    pub(crate) state: State,
}

/// Everything that was acknowledged and not deleted permanently.
#[derive(Default)]
pub(crate) struct Acknowledged {
    images: BTreeMap<String, State>,
    asked: Option<Asked>,
    lines_read: usize,
    /// The hashes of all pictures whose import was ever acknowledged.
    kept: BTreeSet<String>,
    /// The number of answers from the library so far.
    pub(crate) answers: usize,
}

impl Acknowledged {
    /// Reads the new lines of the log.
    pub(crate) fn read(&mut self, log: &Path) {
        let text = std::fs::read_to_string(log).unwrap_or_default();
        for line in text.lines().skip(self.lines_read) {
            self.lines_read += 1;
            self.take(&serde_json::from_str(line).unwrap());
        }
    }

    fn take(&mut self, line: &Value) {
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let id = text("id");
        let public = line["public"] == true;
        if line.get("kept").is_some() {
            self.answers += 1;
            self.kept.insert(text("kept"));
            self.images.insert(id, State { public, trashed: false });
            return;
        }
        if line.get("done").is_some() {
            self.answers += 1;
            if let Some(Asked::Change { id, after }) = self.asked.take() {
                self.set(id, after);
            }
            return;
        }
        let now = self.images.get(&id).copied();
        self.asked = Some(match line["about"].as_str().unwrap() {
            "import" => {
                let pictures = line["pictures"].as_array().unwrap();
                Asked::Import(pictures.iter().map(|hash| hash.as_str().unwrap().to_owned()).collect())
            }
            "visibility" => Asked::Change { id, after: now.map(|now| State { public, ..now }) },
            "remove" => Asked::Change { id, after: now.map(|now| State { trashed: true, ..now }) },
            "restore" => Asked::Change { id, after: now.map(|now| State { trashed: false, ..now }) },
            // The image becomes unlisted, whatever it was before.
            "import again" => Asked::Change { id, after: Some(State { public: false, trashed: false }) },
            "new link" => Asked::Change { id, after: now },
            "delete" => Asked::Change { id, after: None },
            other => panic!("the child wrote {other}"),
        });
    }

    /// Says whether the import of a picture was ever acknowledged. An import
    /// that was not acknowledged may have left its original without an image.
    pub(crate) fn has_kept(&self, sha256: &str) -> bool {
        self.kept.contains(sha256)
    }

    fn set(&mut self, id: String, state: Option<State>) {
        match state {
            Some(state) => self.images.insert(id, state),
            None => self.images.remove(&id),
        };
    }

    /// Returns how the catalog differs from what was acknowledged, and
    /// continues from the catalog's state.
    pub(crate) fn compare(&mut self, found: &[Found]) -> Vec<String> {
        let asked = self.asked.take();
        let mut wrong = Vec::new();
        for image in found {
            let expected = self.images.get(&image.id).copied();
            let wanted = match (&asked, expected) {
                (Some(Asked::Import(pictures)), None) => pictures.contains(&image.sha256),
                (Some(Asked::Change { id, after }), Some(before)) if *id == image.id => {
                    image.state == before || Some(image.state) == *after
                }
                (_, Some(expected)) => image.state == expected,
                (_, None) => false,
            };
            if !wanted {
                wrong.push(format!("{image:?}, where {expected:?} was acknowledged and {asked:?} asked"));
            }
        }
        for (id, state) in &self.images {
            let may_be_gone = matches!(&asked, Some(Asked::Change { id: gone, after: None }) if gone == id);
            if !may_be_gone && !found.iter().any(|image| image.id == *id) {
                wrong.push(format!("{id} is lost, which was {state:?}"));
            }
        }
        self.images = found.iter().map(|image| (image.id.clone(), image.state)).collect();
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn after(lines: &[Value]) -> Acknowledged {
        let mut known = Acknowledged::default();
        for line in lines {
            known.take(line);
        }
        known
    }

    fn found(id: &str, public: bool, trashed: bool) -> Found {
        Found { id: id.into(), sha256: format!("hash of {id}"), state: State { public, trashed } }
    }

    fn an_import() -> [Value; 2] {
        [
            json!({"about": "import", "pictures": ["hash of a", "hash of b"], "public": true}),
            json!({"kept": "hash of a", "id": "a", "public": true}),
        ]
    }

    #[test]
    fn a_loss_is_found() {
        assert_eq!(after(&an_import()).compare(&[]).len(), 1);
    }

    #[test]
    fn a_lost_switch_and_an_image_that_nobody_imported_are_found() {
        let toggled = [json!({"about": "visibility", "id": "a", "public": false}), json!({"done": true})];
        let lines = [an_import().to_vec(), vec![json!({"done": true})], toggled.to_vec()].concat();
        assert_eq!(after(&lines).compare(&[found("a", true, false)]).len(), 1);
        assert!(after(&lines).compare(&[found("a", false, false)]).is_empty());
        assert_eq!(after(&lines).compare(&[found("a", false, false), found("c", false, false)]).len(), 1);
    }

    #[test]
    fn an_unacknowledged_change_may_be_there_or_not() {
        assert!(after(&an_import()).compare(&[found("a", true, false)]).is_empty());
        assert!(after(&an_import()).compare(&[found("a", true, false), found("b", true, false)]).is_empty());
        let removing = [an_import().to_vec(), vec![json!({"about": "remove", "id": "a"})]].concat();
        assert!(after(&removing).compare(&[found("a", true, true)]).is_empty());
        assert!(after(&removing).compare(&[found("a", true, false)]).is_empty());
        assert_eq!(after(&removing).compare(&[found("a", false, true)]).len(), 1);
    }
}
