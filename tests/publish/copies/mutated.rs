//! Broken files: a copy is refused, or it carries no secret.

use super::corpus::{self, SECRETS};
use super::derive;
use memchr::memmem;
use vitrine_core::public_copy::Terms;
use vitrine_tests::random::Random;

/// How many broken files are made of each file.
const ROUNDS: usize = 400;

fn at_most(random: &mut Random, end: usize) -> usize {
    usize::try_from(random.below(u64::try_from(end).unwrap())).unwrap()
}

/// Changes, removes or inserts a few bytes, or moves the end.
fn break_once(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = at_most(random, bytes.len());
    match random.below(8) {
        0..=3 => bytes[at] ^= 1 << random.below(8),
        4 => bytes[at] = [0, 1, 0x7f, 0x80, 0xd9, 0xff][at_most(random, 6)],
        5 => {
            let length = at_most(random, 40).min(bytes.len() - at);
            bytes.drain(at..at + length);
        }
        6 => {
            let more: Vec<u8> = (0..at_most(random, 40)).map(|_| random.next().to_le_bytes()[0]).collect();
            bytes.splice(at..at, more);
        }
        _ => bytes.truncate(bytes.len() - at_most(random, 200).min(bytes.len() - 1)),
    }
}

fn terms(random: &mut Random) -> Terms<'static> {
    let mut is = || random.below(2) == 1;
    Terms {
        description: is().then_some("a wolf"),
        parameters: is().then_some("a wolf\nSteps: 3, Sampler: Euler, Seed: 1"),
        keep_camera: is(),
        declare_ai: is(),
        keep_credentials: is(),
        everything_may_stay: false,
        clear_hidden: is(),
    }
}

#[test]
fn broken_files_are_refused_or_give_a_copy_without_secrets() {
    let finders: Vec<_> = SECRETS.iter().map(memmem::Finder::new).collect();
    let (mut copies, mut refusals) = (0, 0);
    for (index, made) in corpus::all().iter().enumerate() {
        let mut random = Random::new(u64::try_from(index).unwrap());
        for round in 0..ROUNDS {
            let mut bytes = made.bytes.clone();
            for _ in 0..=random.below(3) {
                break_once(&mut bytes, &mut random);
            }
            let terms = terms(&mut random);
            let Ok(copy) = derive(&bytes, &terms) else {
                refusals += 1;
                continue;
            };
            copies += 1;
            for finder in &finders {
                let word = String::from_utf8_lossy(finder.needle());
                assert!(finder.find(&copy.bytes).is_none(), "{} in round {round}: {word}", made.name);
            }
            let again = derive(&copy.bytes, &terms).unwrap();
            assert_eq!(again.bytes, copy.bytes, "{} in round {round}", made.name);
        }
    }
    assert!(copies > 500 && refusals > 500, "{copies} copies, {refusals} refusals");
}

#[test]
fn files_that_end_early_are_refused() {
    for made in corpus::all() {
        // The last bytes of every file follow its end.
        let whole = derive(&made.bytes, &Terms { clear_hidden: true, ..Terms::default() }).unwrap().bytes;
        for end in (0..whole.len()).step_by(7) {
            assert!(derive(&whole[..end], &Terms::default()).is_err(), "{}: {end}", made.name);
        }
    }
}
