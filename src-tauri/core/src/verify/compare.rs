//! Compares two lists in the order of their keys, images and objects, and says
//! what each pair means. Pure: knows neither how the lists are read nor what is
//! done about a difference.

use crate::bucket::{ListedObject, Presence, is_etag_of};
use crate::catalog::AuditRow;
use crate::model::FindingKind;
use std::cmp::Ordering;
use std::collections::VecDeque;

/// A row that has a key in the bucket.
pub(super) trait Keyed {
    fn key(&self) -> &str;
}

impl Keyed for AuditRow {
    fn key(&self) -> &str {
        self.key.as_str()
    }
}

/// What exists at one key: a row, such as an image, an object, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair<R = AuditRow> {
    pub(super) row: Option<R>,
    pub(super) object: Option<ListedObject>,
}

/// The current parts of two lists that are read page by page.
#[derive(Debug)]
pub(super) struct Merge<R = AuditRow> {
    pub(super) rows: VecDeque<R>,
    pub(super) objects: VecDeque<ListedObject>,
    pub(super) rows_ended: bool,
    pub(super) objects_ended: bool,
}

impl<R> Default for Merge<R> {
    fn default() -> Self {
        Self { rows: VecDeque::new(), objects: VecDeque::new(), rows_ended: false, objects_ended: false }
    }
}

impl<R: Keyed> Merge<R> {
    /// Returns the next pair; `None` while more of a list has to be read.
    pub(super) fn next(&mut self) -> Option<Pair<R>> {
        let order = match (self.rows.front(), self.objects.front()) {
            (Some(row), Some(object)) => row.key().cmp(&object.key),
            (Some(_), None) if self.objects_ended => Ordering::Less,
            (None, Some(_)) if self.rows_ended => Ordering::Greater,
            _ => return None,
        };
        let row = if order.is_le() { self.rows.pop_front() } else { None };
        let object = if order.is_ge() { self.objects.pop_front() } else { None };
        Some(Pair { row, object })
    }

    pub(super) fn is_through(&self) -> bool {
        self.rows_ended && self.objects_ended && self.rows.is_empty() && self.objects.is_empty()
    }
}

/// Returns what a listing says about an image's object. An `ETag` that is not
/// the MD5 causes a doubt, which a closer check settles.
pub(super) fn listed(row: Option<&AuditRow>, object: Option<&ListedObject>) -> Presence {
    match (row, object) {
        (_, None) => Presence::Absent,
        (Some(row), Some(object))
            if object.size_bytes == row.size_bytes && is_etag_of(&object.etag, row.md5.as_ref()) =>
        {
            Presence::Same
        }
        (_, Some(object)) => Presence::Other { size_bytes: object.size_bytes },
    }
}

/// Returns what is wrong with a pair; `None` if nothing is. A difference that a
/// pending transfer will change is not a finding.
pub(super) fn difference(row: Option<&AuditRow>, presence: Presence) -> Option<FindingKind> {
    let Some(row) = row else {
        return (presence != Presence::Absent).then_some(FindingKind::UnknownObject);
    };
    match presence {
        _ if row.pending => None,
        Presence::Absent => row.stored.then_some(FindingKind::MissingObject),
        Presence::Other { .. } => Some(FindingKind::DifferentObject),
        Presence::Same if row.removed => Some(FindingKind::RemovedObject),
        Presence::Same => (!row.stored).then_some(FindingKind::UnconfirmedObject),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ImageFormat, ImageId, ImageKind, ObjectKey};

    fn a_row(key: &str) -> AuditRow {
        AuditRow {
            id: ImageId::generate(),
            kind: ImageKind::Generated,
            key: ObjectKey::parse(key).unwrap(),
            filename: "a.png".into(),
            sha256: [1; 32],
            md5: Some([0xab; 16]),
            format: ImageFormat::Png,
            size_bytes: 3,
            stored: true,
            removed: false,
            pending: false,
            freed: false,
            moving: false,
        }
    }

    fn an_object(key: &str) -> ListedObject {
        ListedObject { key: key.into(), size_bytes: 3, etag: "ab".repeat(16) }
    }

    fn keys(merge: &mut Merge) -> Vec<(Option<String>, Option<String>)> {
        let key = |pair: Pair| (pair.row.map(|row| row.key.into()), pair.object.map(|object| object.key));
        std::iter::from_fn(|| merge.next().map(key)).collect()
    }

    #[test]
    fn keys_in_both_lists_are_paired_and_the_others_are_not() {
        let mut merge = Merge {
            rows: ["g/a", "g/b", "g/d"].map(a_row).into(),
            objects: ["g/b", "g/c", "g/d", "g/e"].map(an_object).into(),
            rows_ended: true,
            objects_ended: true,
        };
        let some = |key: &str| Some(key.to_owned());
        assert_eq!(
            keys(&mut merge),
            [
                (some("g/a"), None),
                (some("g/b"), some("g/b")),
                (None, some("g/c")),
                (some("g/d"), some("g/d")),
                (None, some("g/e")),
            ]
        );
        assert!(merge.is_through());
    }

    #[test]
    fn a_key_is_compared_only_when_the_other_list_has_reached_it() {
        let mut merge: Merge = Merge { rows: ["g/b"].map(a_row).into(), ..Merge::default() };
        assert_eq!(merge.next(), None);
        merge.objects = ["g/a"].map(an_object).into();
        assert_eq!(keys(&mut merge), [(None, Some("g/a".to_owned()))]);
        assert!(!merge.is_through());
        merge.objects_ended = true;
        assert_eq!(keys(&mut merge), [(Some("g/b".to_owned()), None)]);
    }

    #[test]
    fn each_pair_has_at_most_one_finding() {
        use FindingKind::{DifferentObject, MissingObject, RemovedObject, UnconfirmedObject, UnknownObject};
        let other = Presence::Other { size_bytes: 4 };
        let image = |stored, removed| AuditRow { stored, removed, ..a_row("g/a") };
        for (row, presence, expected) in [
            (None, Presence::Absent, None),
            (None, other, Some(UnknownObject)),
            (Some(image(true, false)), Presence::Same, None),
            (Some(image(true, false)), Presence::Absent, Some(MissingObject)),
            (Some(image(true, false)), other, Some(DifferentObject)),
            (Some(image(false, false)), Presence::Absent, None),
            (Some(image(false, false)), Presence::Same, Some(UnconfirmedObject)),
            (Some(image(false, true)), Presence::Absent, None),
            (Some(image(true, true)), Presence::Absent, Some(MissingObject)),
            (Some(image(true, true)), Presence::Same, Some(RemovedObject)),
            (Some(image(false, true)), Presence::Same, Some(RemovedObject)),
        ] {
            assert_eq!(difference(row.as_ref(), presence), expected, "{row:?} {presence:?}");
            let pending = row.map(|row| AuditRow { pending: true, ..row });
            let explained = if pending.is_some() { None } else { expected };
            assert_eq!(difference(pending.as_ref(), presence), explained, "{pending:?} {presence:?}");
        }
    }

    #[test]
    fn a_listing_shows_the_same_object_by_size_and_md5() {
        let row = a_row("g/a");
        let object = an_object("g/a");
        assert_eq!(listed(Some(&row), Some(&object)), Presence::Same);
        assert_eq!(listed(Some(&row), None), Presence::Absent);
        let longer = ListedObject { size_bytes: 4, ..object.clone() };
        assert_eq!(listed(Some(&row), Some(&longer)), Presence::Other { size_bytes: 4 });
        let never_uploaded = AuditRow { md5: None, ..row.clone() };
        assert_eq!(listed(Some(&never_uploaded), Some(&object)), Presence::Other { size_bytes: 3 });
        let altered = ListedObject { etag: "cd".repeat(16), ..object };
        assert_eq!(listed(Some(&row), Some(&altered)), Presence::Other { size_bytes: 3 });
    }
}
