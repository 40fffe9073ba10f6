//! Plays plans out against a made-up bucket, in which each step succeeds at once.

use super::*;
use crate::publish::page_id;
use std::collections::{BTreeMap, BTreeSet};

/// A bucket, and what belongs on the site.
#[derive(Default)]
struct World {
    state: State,
    /// The images and copies that each list in the bucket shows.
    lists: BTreeMap<String, Vec<Chosen>>,
    /// The copy that each page in the bucket shows.
    pages: BTreeMap<ImageId, Print>,
    /// The copies whose objects are in the bucket.
    copies: BTreeSet<(ImageId, Print)>,
    puts: usize,
}

fn image(number: u128) -> ImageId {
    ImageId::parse(&uuid::Uuid::from_u128(number).to_string()).unwrap()
}

fn wanted(number: u128, terms: u8) -> Wanted {
    let image = image(number);
    Wanted { page: page_id(&image), image, terms: [terms; 16], text: [terms; 16] }
}

fn known(print: Print) -> Published {
    Published { print: Some(print), is_there: true, is_parked: false, stays: false }
}

impl World {
    /// A site that is switched on.
    fn on() -> Self {
        let state = State { is_on: true, styles: vec!["style.css".into()], ..State::default() };
        Self { state, ..Self::default() }
    }

    fn want(&mut self, numbers: impl IntoIterator<Item = (u128, u8)>) {
        let mut all: Vec<_> = numbers.into_iter().collect();
        all.sort_unstable_by_key(|(number, _)| std::cmp::Reverse(*number));
        self.state.wanted = all.into_iter().map(|(number, terms)| wanted(number, terms)).collect();
    }

    /// Takes steps until nothing is left to do. Each step must leave the bucket with links that lead somewhere.
    fn settle(&mut self) {
        for _ in 0..10_000 {
            let step = next(&self.state);
            if step == Step::Done {
                assert_eq!(progress(&self.state).changes, 0);
                return;
            }
            self.apply(step);
            self.check_links();
        }
        panic!("the plan does not end");
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Styles(paths) => {
                for path in paths {
                    self.puts += 1;
                    self.state.files.insert(path, known([1; 16]));
                }
            }
            Step::Lists(lists) => {
                for list in lists {
                    for (path, print) in list_paths(list.name).into_iter().zip(list.prints) {
                        if let Some(print) = print {
                            self.puts += 1;
                            self.state.files.insert(path.clone(), known(print));
                            self.lists.insert(path, list.entries.clone());
                        }
                    }
                }
            }
            Step::DeleteFiles(paths) => {
                for path in paths {
                    self.state.files.remove(&path);
                    self.lists.remove(&path);
                }
            }
            Step::DeletePages(images) => {
                for image in images {
                    self.state.pages.remove(&image);
                    self.pages.remove(&image);
                }
            }
            Step::DropCopies(copies) => {
                for (image, terms) in copies {
                    let known = self.state.copies.get_mut(&image).unwrap();
                    known.retain(|copy| copy.terms != terms);
                    // Its objects are deleted in the step after this one.
                    self.copies.remove(&(image, terms));
                }
            }
            Step::DeleteUnwanted => self.state.has_unwanted = false,
            Step::Pages(pages) => {
                for (chosen, print) in pages {
                    self.puts += 1;
                    self.state.pages.insert(chosen.image.clone(), known(print));
                    self.pages.insert(chosen.image, chosen.terms);
                }
            }
            Step::Copies(copies) => {
                for chosen in copies {
                    self.puts += 3;
                    let copy = KnownCopy { terms: chosen.terms, state: CopyProgress::Stored };
                    let known = self.state.copies.entry(chosen.image.clone()).or_default();
                    known.retain(|known| known.terms != chosen.terms);
                    known.push(copy);
                    self.copies.insert((chosen.image, chosen.terms));
                }
            }
            Step::Done => {}
        }
    }

    fn check_links(&self) {
        for (path, entries) in &self.lists {
            for chosen in entries {
                assert!(self.pages.contains_key(&chosen.image), "{path} links to a page that is not there");
                let copy = (chosen.image.clone(), chosen.terms);
                assert!(self.copies.contains(&copy), "{path} shows a copy that is not there");
            }
        }
        for (image, terms) in &self.pages {
            assert!(self.copies.contains(&(image.clone(), *terms)), "a page shows a copy that is not there");
        }
    }

    /// Everything in the bucket, to compare it.
    fn contents(&self) -> String {
        let prints: BTreeMap<_, _> = self.state.files.iter().map(|(path, file)| (path, file.print)).collect();
        let pages: BTreeMap<_, _> =
            self.state.pages.iter().map(|(image, page)| (image, page.print)).collect();
        format!("{prints:?} {pages:?} {:?} {:?}", self.copies, self.lists)
    }
}

#[test]
fn any_history_ends_in_the_bytes_of_a_fresh_publication() {
    let mut world = World::on();
    let mut images: BTreeMap<u128, u8> = BTreeMap::new();
    let mut random = 7_u64;
    let mut next_number = move |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    for round in 0..120 {
        for _ in 0..=next_number(12) {
            let number = u128::from(next_number(400));
            match next_number(3) {
                0 => drop(images.remove(&number)),
                terms => drop(images.insert(number, u8::try_from(terms).unwrap())),
            }
        }
        world.state.is_on = round % 17 != 16;
        world.want(images.clone());
        // Some histories are cut short.
        if round % 5 == 0 {
            for _ in 0..next_number(6) {
                let step = next(&world.state);
                world.apply(step);
            }
            continue;
        }
        world.settle();
        let mut fresh = World::on();
        fresh.state.is_on = world.state.is_on;
        fresh.want(images.clone());
        fresh.settle();
        assert_eq!(world.contents(), fresh.contents(), "round {round}");
    }
}

#[test]
fn what_goes_leaves_the_lists_before_its_page_and_its_page_before_its_copy() {
    let mut world = World::on();
    world.want((0..30).map(|number| (number, 1)));
    world.settle();
    world.want((0..30).filter(|number| *number != 12).map(|number| (number, 1)));
    let mut order = Vec::new();
    loop {
        let step = next(&world.state);
        match &step {
            Step::Done => break,
            Step::Lists(_) | Step::DeleteFiles(_) => order.push("lists"),
            Step::DeletePages(_) => order.push("page"),
            Step::DropCopies(_) => order.push("copy"),
            other => panic!("{other:?}"),
        }
        world.apply(step);
        world.check_links();
    }
    order.dedup();
    assert_eq!(order, ["lists", "page", "copy"]);
}

#[test]
fn taking_back_does_not_wait_for_publishing() {
    let mut world = World::on();
    world.want((0..3).map(|number| (number, 1)));
    world.settle();
    world.want((1..5_000).map(|number| (number, 1)));
    assert!(matches!(next(&world.state), Step::Lists(_)));
}

#[test]
fn an_old_copy_stays_until_the_new_one_is_there() {
    let mut world = World::on();
    world.want([(1, 1)]);
    world.settle();
    world.want([(1, 2)]);
    world.settle();
    assert_eq!(world.copies, BTreeSet::from([(image(1), [2; 16])]));
}

#[test]
fn an_image_whose_copy_is_refused_is_taken_back() {
    let mut world = World::on();
    world.want([(1, 1), (2, 1)]);
    world.settle();
    world.want([(1, 2), (2, 1)]);
    let refused = KnownCopy { terms: [2; 16], state: CopyProgress::Refused };
    world.state.copies.get_mut(&image(1)).unwrap().push(refused);
    world.settle();
    assert_eq!(world.pages.keys().collect::<Vec<_>>(), [&image(2)]);
    assert_eq!(world.copies, BTreeSet::from([(image(2), [1; 16])]));
}

#[test]
fn switching_off_leaves_nothing() {
    let mut world = World::on();
    world.want((0..200).map(|number| (number, 1)));
    world.settle();
    world.state.is_on = false;
    world.settle();
    assert!(world.state.files.is_empty() && world.pages.is_empty() && world.copies.is_empty());
}

#[test]
fn a_file_whose_state_is_unknown_is_put_again() {
    let mut world = World::on();
    world.want([(1, 1)]);
    world.settle();
    let before = world.puts;
    world.state.files.get_mut("index.html").unwrap().print = None;
    world.state.pages.get_mut(&image(1)).unwrap().print = None;
    world.settle();
    assert_eq!(world.puts - before, 2);
}

#[test]
fn what_is_parked_does_not_stop_the_rest() {
    let mut world = World::on();
    world.want([(1, 1)]);
    world.settle();
    let index = world.state.files.get_mut("index.html").unwrap();
    (index.print, index.is_parked) = (None, true);
    world.want([(1, 1), (2, 1)]);
    world.settle();
    assert!(world.pages.contains_key(&image(2)));
}

#[test]
fn a_file_whose_deletion_is_parked_is_not_deleted_again_and_again() {
    let mut world = World::on();
    world.settle();
    let stays = Published { stays: true, ..known([9; 16]) };
    world.state.files.insert("p/old.html".into(), stays);
    world.state.pages.insert(image(7), stays);
    assert_eq!(next(&world.state), Step::Done);
}

#[test]
fn at_the_address_of_another_library_nothing_new_goes_out_and_what_is_taken_back_leaves() {
    let parked = Published { print: None, is_there: false, is_parked: true, stays: false };
    let mut fresh = World::on();
    fresh.want([(1, 1), (2, 1)]);
    fresh.state.is_held = true;
    for path in list_paths(ListName::Head).into_iter().chain(["style.css".into()]) {
        fresh.state.files.insert(path, parked);
    }
    assert_eq!(next(&fresh.state), Step::Done);

    let mut published = World::on();
    published.want([(1, 1), (2, 1)]);
    published.settle();
    published.state.is_held = true;
    published.want([(2, 1), (3, 1)]);
    let puts = published.puts;
    let mut steps = Vec::new();
    loop {
        let step = next(&published.state);
        if step == Step::Done {
            break;
        }
        steps.push(step.clone());
        published.apply(step);
    }
    assert!(published.puts > puts, "the lists are without what was taken back");
    assert!(
        !published.pages.contains_key(&image(1)) && !published.pages.contains_key(&image(3)),
        "{steps:?}"
    );
    assert!(published.lists.values().flatten().all(|chosen| chosen.image == image(2)));
    assert!(published.copies.iter().all(|(of, _)| *of == image(2)), "{:?}", published.copies);
}

#[test]
fn replaced_copies_go_before_all_others_are_replaced() {
    let mut world = World::on();
    world.want((0..400).map(|number| (number, 1)));
    world.settle();
    world.want((0..400).map(|number| (number, 2)));
    let mut most_both = 0;
    loop {
        let step = next(&world.state);
        if step == Step::Done {
            break;
        }
        world.apply(step);
        world.check_links();
        let of = |terms| world.copies.iter().filter(|(_, copy)| *copy == [terms; 16]).count();
        most_both = most_both.max((of(1) + of(2)).saturating_sub(400));
    }
    assert_eq!(most_both, FEWEST_COPIES_REPLACED, "this many images have two copies at the same time");
    assert!(world.copies.iter().all(|(_, terms)| *terms == [2; 16]));
}

#[test]
fn a_site_that_is_taken_back_is_published_until_its_pages_are_gone() {
    let mut world = World::on();
    world.want((0..30).map(|number| (number, 1)));
    world.settle();
    world.state.is_on = false;
    assert_eq!(progress(&world.state).published, 30);
    world.settle();
    assert_eq!(progress(&world.state), Progress::default());
}
