//! Finds circular imports, in Rust and in the interface.

use crate::imports::Path;
use std::collections::BTreeMap;

/// Finds circular imports among the modules of each folder. A module may use what its
/// parent module defines, because it is part of that.
pub(crate) fn circles(imports: &BTreeMap<Path, Vec<Path>>) -> Vec<String> {
    let mut levels: BTreeMap<&[String], BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    for (module, targets) in imports {
        for target in targets {
            let shared = module.iter().zip(target).take_while(|(one, other)| one == other).count();
            if let (Some(from), Some(to)) = (module.get(shared), target.get(shared)) {
                levels.entry(&module[..shared]).or_default().entry(from).or_default().push(to);
            }
        }
    }
    let mut found = Vec::new();
    for (folder, imports) in &levels {
        for start in imports.keys() {
            if let Some(way) = way_back(start, imports) {
                // Each circle is reported once, by its first module.
                if way.iter().all(|module| module >= start) {
                    found.push(format!("{}: {}", folder.join("::"), way.join(" -> ")));
                }
            }
        }
    }
    found
}

fn way_back<'a>(start: &'a str, imports: &BTreeMap<&'a str, Vec<&'a str>>) -> Option<Vec<&'a str>> {
    let mut ways = vec![vec![start]];
    let mut seen = Vec::new();
    while let Some(way) = ways.pop() {
        for next in imports.get(way.last()?).into_iter().flatten() {
            let way: Vec<&str> = way.iter().copied().chain([*next]).collect();
            if *next == start {
                return Some(way);
            }
            if !seen.contains(next) {
                seen.push(next);
                ways.push(way);
            }
        }
    }
    None
}
