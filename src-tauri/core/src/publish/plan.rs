//! Decides what to publish next, from what is wanted and what the bucket has. Pure, and without memory: after a crash
//! or any other change, the same question gives the right next step.
//!
//! The order keeps every link alive and lets nothing linger. What comes goes out as copy and thumbnails, then page,
//! then lists. What goes leaves the lists first, then its page, then its copy and thumbnails. The lists are brought up
//! to date before anything else is uploaded, so taking back does not wait for publishing.

use super::layout::{ListPlace, lists};
use super::print::Printer;
use super::render::list_paths;
use super::site::{ListName, PageId};
use crate::model::{ImageId, Print};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The most pages that one step uploads.
const PAGES_AT_ONCE: usize = 512;
/// The most lists that one step uploads.
const LISTS_AT_ONCE: usize = 64;
/// The most new copies that are planned at once. Their pages follow.
const MOST_COPIES_PLANNED: usize = PAGES_AT_ONCE;
/// The fewest copies that are planned at once in place of others, if there are so many. The others may show what is
/// hidden now, and go when the pages and lists have followed, before more copies are made.
const FEWEST_COPIES_REPLACED: usize = 64;
/// The most rounds of replacing the copies of a whole site, because each round writes lists.
const ROUNDS_OF_REPLACING: usize = 64;

/// A public image that belongs on the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The image.
    pub image: ImageId,
    /// Its id on the site.
    pub page: PageId,
    /// The terms that its copy has to be made for.
    pub terms: Print,
    /// Digest of everything that is shown beside the picture.
    pub text: Print,
}

/// One copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownCopy {
    /// The terms that it was made for.
    pub terms: Print,
    /// What is known about it.
    pub state: CopyProgress,
}

/// How far a copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyProgress {
    /// None can be made.
    Refused,
    /// It was made, but the bucket does not have all of it.
    Made,
    /// Its upload needs a person to act.
    Parked,
    /// The bucket has it.
    Stored,
}

/// A style, page or list in the bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// What it was made from; `None` if that is unknown.
    pub print: Option<Print>,
    /// Whether the bucket ever confirmed it.
    pub is_there: bool,
    /// Whether its upload needs a person to act.
    pub is_parked: bool,
    /// Whether its deletion needs a person to act.
    pub stays: bool,
}

/// Everything that a plan depends on.
#[derive(Debug, Default)]
pub struct State {
    /// Whether the site is wanted at all. If not, nothing else is.
    pub is_on: bool,
    /// The images that belong on the site, newest first.
    pub wanted: Arc<[Wanted]>,
    /// Digest of what all pages share.
    pub site: Print,
    /// The paths of the files that all pages share.
    pub styles: Vec<String>,
    /// The copies of each image.
    pub copies: HashMap<ImageId, Vec<KnownCopy>>,
    /// The pages of images.
    pub pages: HashMap<ImageId, Published>,
    /// The lists and styles, by path.
    pub files: HashMap<String, Published>,
    /// Whether objects of dropped copies have to go.
    pub has_unwanted: bool,
    /// Whether another library publishes at the same address. Nothing new goes out then. What is taken back still
    /// leaves the lists and the bucket.
    pub is_held: bool,
}

/// An image with the copy that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The image.
    pub image: ImageId,
    /// The terms of the copy.
    pub terms: Print,
}

/// A list to upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListToPut {
    /// Its name.
    pub name: ListName,
    /// Its images, newest first.
    pub entries: Vec<Chosen>,
    /// The list with newer images.
    pub newer: Option<ListName>,
    /// The list with older images.
    pub older: Option<ListName>,
    /// The digests of its three files, in the order in which they are rendered; `None` for a file that is as it
    /// should be.
    pub prints: [Option<Print>; 3],
}

/// A page to upload, with its digest.
pub type PageToPut = (Chosen, Print);

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Upload files that all pages share: these paths.
    Styles(Vec<String>),
    /// Upload lists.
    Lists(Vec<ListToPut>),
    /// Delete files: these paths of lists and styles.
    DeleteFiles(Vec<String>),
    /// Delete the pages of these images.
    DeletePages(Vec<ImageId>),
    /// Forget copies, after which their objects have to go.
    DropCopies(Vec<(ImageId, Print)>),
    /// Delete the objects of dropped copies.
    DeleteUnwanted,
    /// Upload pages, with their digests.
    Pages(Vec<PageToPut>),
    /// Make and upload copies.
    Copies(Vec<Chosen>),
    /// Nothing is left to do.
    Done,
}

/// How far publishing is, in images.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Images on the site now; of a site that is taken back, those whose pages the bucket still has.
    pub published: u32,
    /// Images whose copy or page is not as it should be, images that have to go, and one more if only lists or
    /// styles are not as they should be.
    pub changes: u32,
}

/// A plan: the images with a copy that can be shown, and the lists that they are on.
struct Plan<'a> {
    state: &'a State,
    /// The images that are or can be on pages, newest first.
    shown: Vec<(&'a Wanted, Print)>,
    places: Vec<ListPlace>,
    /// Positions in `shown` of the images that the lists contain.
    listed: Vec<usize>,
}

impl<'a> Plan<'a> {
    fn of(state: &'a State) -> Self {
        let wanted: &[Wanted] = if state.is_on { &state.wanted } else { &[] };
        let shown: Vec<_> =
            wanted.iter().filter_map(|wanted| Some((wanted, state.usable_copy(wanted)?))).collect();
        let has_page = |image: &ImageId| state.pages.get(image).is_some_and(|page| page.is_there);
        let listed: Vec<usize> = shown
            .iter()
            .enumerate()
            .filter(|(_, (wanted, _))| has_page(&wanted.image))
            .map(|(at, _)| at)
            .collect();
        let ids: Vec<PageId> =
            listed.iter().filter_map(|at| shown.get(*at)).map(|(wanted, _)| wanted.page).collect();
        let places = if state.is_on { lists(&ids) } else { Vec::new() };
        Self { state, shown, places, listed }
    }

    fn entry(&self, position: usize) -> Option<(&'a Wanted, Print)> {
        self.shown.get(*self.listed.get(position)?).copied()
    }

    fn list_to_put(&self, at: usize, place: &ListPlace) -> Option<ListToPut> {
        let newer = at.checked_sub(1).and_then(|at| self.places.get(at)).map(|place| place.name);
        let older = self.places.get(at + 1).map(|place| place.name);
        let entries: Vec<_> = place.images.clone().filter_map(|position| self.entry(position)).collect();
        let mut printer = Printer::new("list").bytes(&self.state.site).text(path(older).as_deref());
        for (wanted, terms) in &entries {
            printer = printer.bytes(&wanted.page.bits()).bytes(&wanted.text).bytes(terms);
        }
        let with_newer = printer.clone().text(path(newer).as_deref()).finish();
        // A JSON Feed has no link to newer entries.
        let wanted = [with_newer, printer.finish(), with_newer];
        let mut prints = [None; 3];
        for ((path, wanted), print) in list_paths(place.name).iter().zip(wanted).zip(&mut prints) {
            let known = self.state.files.get(path);
            let is_parked = known.is_some_and(|file| file.is_parked);
            *print = (!is_parked && known.is_none_or(|file| file.print != Some(wanted))).then_some(wanted);
        }
        prints.iter().any(Option::is_some).then(|| ListToPut {
            name: place.name,
            entries: entries.iter().map(|(wanted, terms)| chosen(wanted, *terms)).collect(),
            newer,
            older,
            prints,
        })
    }

    /// Returns the lists that differ: new ones first, because others will refer to them, and the newest one last.
    fn lists(&self) -> Option<Step> {
        let (mut new, mut changed, mut head) = (Vec::new(), Vec::new(), Vec::new());
        for (at, place) in self.places.iter().enumerate() {
            let Some(list) = self.list_to_put(at, place) else { continue };
            let is_there = list_paths(place.name)
                .iter()
                .all(|path| self.state.files.get(path).is_some_and(|f| f.is_there));
            match place.name {
                ListName::Head => head.push(list),
                ListName::Leaf(_) if is_there => changed.push(list),
                ListName::Leaf(_) => new.push(list),
            }
        }
        let mut next = [new, changed, head].into_iter().find(|lists| !lists.is_empty())?;
        next.truncate(LISTS_AT_ONCE);
        Some(Step::Lists(next))
    }

    fn deletions(&self) -> Option<Step> {
        let state = self.state;
        let lists: HashSet<String> = self.places.iter().flat_map(|place| list_paths(place.name)).collect();
        let styles: HashSet<&String> =
            if state.is_on { state.styles.iter().collect() } else { HashSet::new() };
        let mut files: Vec<String> = state
            .files
            .iter()
            .filter(|(path, file)| !file.stays && !lists.contains(*path) && !styles.contains(path))
            .map(|(path, _)| path.clone())
            .collect();
        if !files.is_empty() {
            files.sort_unstable();
            return Some(Step::DeleteFiles(files));
        }
        let shown: HashMap<&ImageId, (&Wanted, Print)> =
            self.shown.iter().map(|(wanted, terms)| (&wanted.image, (*wanted, *terms))).collect();
        let mut pages: Vec<ImageId> = state
            .pages
            .iter()
            .filter(|(image, page)| !page.stays && !shown.contains_key(image))
            .map(|(image, _)| image.clone())
            .collect();
        if !pages.is_empty() {
            pages.sort_unstable();
            return Some(Step::DeletePages(pages));
        }
        let wanted: HashMap<&ImageId, Print> = if state.is_on {
            state.wanted.iter().map(|wanted| (&wanted.image, wanted.terms)).collect()
        } else {
            HashMap::new()
        };
        let is_needed = |image: &ImageId, terms: Print| {
            wanted.get(image) == Some(&terms) || self.is_in_use(image, terms, &shown)
        };
        let mut copies: Vec<(ImageId, Print)> = state
            .copies
            .iter()
            .flat_map(|(image, copies)| copies.iter().map(move |copy| (image, copy.terms)))
            .filter(|(image, terms)| !is_needed(image, *terms))
            .map(|(image, terms)| (image.clone(), terms))
            .collect();
        if !copies.is_empty() {
            copies.sort_unstable();
            return Some(Step::DropCopies(copies));
        }
        state.has_unwanted.then_some(Step::DeleteUnwanted)
    }

    /// Says whether a page may still show this copy: it is the one that is chosen, or the page has not been brought
    /// up to date since another one was.
    fn is_in_use(&self, image: &ImageId, terms: Print, shown: &HashMap<&ImageId, (&Wanted, Print)>) -> bool {
        shown.get(image).is_some_and(|(wanted, chosen)| {
            *chosen == terms
                || self.state.pages.get(image).and_then(|page| page.print)
                    != Some(self.state.page_print(wanted, *chosen))
        })
    }

    /// Returns the pages that the bucket has in another version, and those that it does not have.
    fn pages(&self) -> (Vec<PageToPut>, Vec<PageToPut>) {
        let (mut changed, mut new) = (Vec::new(), Vec::new());
        for (wanted, terms) in &self.shown {
            let print = self.state.page_print(wanted, *terms);
            let page = self.state.pages.get(&wanted.image);
            match page {
                Some(page) if page.is_parked || page.print == Some(print) => {}
                Some(page) if page.is_there => changed.push((chosen(wanted, *terms), print)),
                _ => new.push((chosen(wanted, *terms), print)),
            }
        }
        (changed, new)
    }

    /// Returns the copies to make: those that replace others, and new ones.
    fn copies(&self) -> (Vec<Chosen>, Vec<Chosen>) {
        let has_another = |wanted: &&Wanted| {
            let copies = self.state.copies.get(&wanted.image);
            copies.is_some_and(|copies| copies.iter().any(|copy| copy.terms != wanted.terms))
        };
        let (replacing, new): (Vec<_>, Vec<_>) = self.state.without_copy().partition(has_another);
        let chosen =
            |wanted: Vec<&Wanted>| wanted.into_iter().map(|wanted| chosen(wanted, wanted.terms)).collect();
        (chosen(replacing), chosen(new))
    }
}

fn chosen(wanted: &Wanted, terms: Print) -> Chosen {
    Chosen { image: wanted.image.clone(), terms }
}

fn path(name: Option<ListName>) -> Option<String> {
    name.map(|name| list_paths(name)[0].clone())
}

impl State {
    /// Returns the wanted images whose copies are still to be made.
    fn without_copy(&self) -> impl Iterator<Item = &Wanted> {
        let wanted: &[Wanted] = if self.is_on { &self.wanted } else { &[] };
        wanted.iter().filter(|wanted| {
            self.copy(&wanted.image, wanted.terms).is_none_or(|copy| copy.state == CopyProgress::Made)
        })
    }

    fn copy(&self, image: &ImageId, terms: Print) -> Option<&KnownCopy> {
        self.copies.get(image)?.iter().find(|copy| copy.terms == terms)
    }

    /// Returns the copy to show: the right one if the bucket has it, and otherwise the one that was right before,
    /// until the right one is there or turns out to be impossible.
    fn usable_copy(&self, wanted: &Wanted) -> Option<Print> {
        let stored = |copy: &&KnownCopy| copy.state == CopyProgress::Stored;
        let right = self.copy(&wanted.image, wanted.terms);
        if right.is_some_and(|copy| copy.state == CopyProgress::Refused) {
            return None;
        }
        let any = || self.copies.get(&wanted.image)?.iter().find(stored);
        right.filter(stored).or_else(any).map(|copy| copy.terms)
    }

    fn page_print(&self, wanted: &Wanted, terms: Print) -> Print {
        Printer::new("page").bytes(&self.site).bytes(&wanted.text).bytes(&terms).finish()
    }
}

/// Returns what to do next.
pub fn next(state: &State) -> Step {
    if state.is_on && !state.is_held {
        let missing: Vec<String> = state
            .styles
            .iter()
            .filter(|path| state.files.get(*path).is_none_or(|file| file.print.is_none() && !file.is_parked))
            .cloned()
            .collect();
        if !missing.is_empty() {
            return Step::Styles(missing);
        }
    }
    let plan = Plan::of(state);
    if let Some(step) = plan.lists().or_else(|| plan.deletions()) {
        return step;
    }
    if state.is_held {
        return Step::Done;
    }
    let (mut pages, new) = plan.pages();
    let (mut replacing, mut copies) = plan.copies();
    // A list is written once for many new images, not once for each.
    if (replacing.is_empty() && copies.is_empty()) || new.len() >= PAGES_AT_ONCE {
        pages.extend(new);
    }
    if !pages.is_empty() {
        pages.truncate(PAGES_AT_ONCE);
        return Step::Pages(pages);
    }
    if !replacing.is_empty() {
        replacing.truncate(FEWEST_COPIES_REPLACED.max(state.wanted.len().div_ceil(ROUNDS_OF_REPLACING)));
        return Step::Copies(replacing);
    }
    if copies.is_empty() {
        return Step::Done;
    }
    copies.truncate(MOST_COPIES_PLANNED);
    Step::Copies(copies)
}

/// Returns how far publishing is.
pub fn progress(state: &State) -> Progress {
    let plan = Plan::of(state);
    let (outdated, new) = plan.pages();
    let mut unfinished: HashSet<&ImageId> =
        outdated.iter().chain(&new).map(|(chosen, _)| &chosen.image).collect();
    let (replacing, copies) = plan.copies();
    unfinished.extend(replacing.iter().chain(&copies).map(|chosen| &chosen.image));
    let shown: HashSet<&ImageId> = plan.shown.iter().map(|(wanted, _)| &wanted.image).collect();
    unfinished.extend(state.pages.keys().filter(|image| !shown.contains(image)));
    let mut changes = unfinished.len();
    if changes == 0 && next(state) != Step::Done {
        changes = 1;
    }
    let published = if state.is_on {
        plan.listed.len()
    } else {
        state.pages.values().filter(|page| page.is_there).count()
    };
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Progress { published: count(published), changes: count(changes) }
}

/// Returns images whose copies are still to be made, up to `limit`.
pub fn without_copy(state: &State, limit: usize) -> Vec<ImageId> {
    state.without_copy().take(limit).map(|wanted| wanted.image.clone()).collect()
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
