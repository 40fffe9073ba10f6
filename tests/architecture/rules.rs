//! The dependency rule, line by line.

use crate::sources::Source;

/// A word some sources must not say.
pub(crate) struct Rule {
    /// In words, for whoever breaks it.
    pub(crate) says: &'static str,
    /// Where it holds: beginnings of paths.
    within: &'static [&'static str],
    /// Where it does not: beginnings of paths.
    except: &'static [&'static str],
    forbids: Forbidden,
}

enum Forbidden {
    /// A crate, in any path or import.
    Crate(&'static str),
    /// A module of the same crate, also in a braced import.
    Modules(&'static [&'static str]),
    /// The second, third... name behind `vitrine_core::` and a module.
    CoreNames(&'static str, &'static [&'static str]),
    /// Part of what an import of the interface names.
    Import(&'static [&'static str]),
    /// Another folder beside the own one.
    SiblingFeature,
}

use Forbidden::{CoreNames, Crate, Import, Modules, SiblingFeature};

const CORE: &str = "src-tauri/core/src/";

pub(crate) const RULES: &[Rule] = &[
    Rule {
        says: "only core/src/catalog speaks SQL",
        within: &["src-tauri/"],
        except: &["src-tauri/core/src/catalog/"],
        forbids: Crate("rusqlite"),
    },
    Rule {
        says: "only core/src/bucket speaks S3",
        within: &["src-tauri/"],
        except: &["src-tauri/core/src/bucket/"],
        forbids: Crate("aws_"),
    },
    Rule {
        says: "only core/src/secrets speaks to keyrings",
        within: &["src-tauri/"],
        except: &["src-tauri/core/src/secrets/"],
        forbids: Crate("keyring"),
    },
    Rule {
        says: "the core and the command line know nothing of Tauri",
        within: &[CORE, "src-tauri/cli/src/"],
        except: &[],
        forbids: Crate("tauri"),
    },
    Rule {
        says: "the catalog uses the model and nothing else of the core",
        within: &["src-tauri/core/src/catalog/"],
        except: &[],
        forbids: Modules(&["bucket", "files", "import", "library", "secrets", "transfer"]),
    },
    Rule {
        says: "the metadata of pictures is read without the rest of the core",
        within: &["src-tauri/core/src/metadata/"],
        except: &[],
        forbids: Modules(&["bucket", "catalog", "files", "import", "library", "transfer", "verify"]),
    },
    Rule {
        says: "watched folders are looked into without the rest of the core",
        within: &["src-tauri/core/src/watch/"],
        except: &[],
        forbids: Modules(&[
            "bucket", "catalog", "files", "import", "library", "metadata", "transfer", "verify",
        ]),
    },
    Rule {
        says: "the bucket uses the model and the secrets and nothing else of the core",
        within: &["src-tauri/core/src/bucket/"],
        except: &[],
        forbids: Modules(&["catalog", "files", "import", "library", "transfer"]),
    },
    Rule {
        says: "the model uses nothing else of the core",
        within: &["src-tauri/core/src/model/"],
        except: &[],
        forbids: Modules(&["bucket", "catalog", "files", "import", "library", "secrets", "transfer"]),
    },
    Rule {
        says: "the files use the model and nothing else of the core",
        within: &["src-tauri/core/src/files/"],
        except: &[],
        forbids: Modules(&["bucket", "catalog", "import", "library", "secrets", "transfer"]),
    },
    Rule {
        says: "import and transfer do not reach up to the library",
        within: &["src-tauri/core/src/import/", "src-tauri/core/src/transfer/"],
        except: &[],
        forbids: Modules(&["library"]),
    },
    Rule {
        says: "hosts ask the library, never the catalog",
        within: &["src-tauri/"],
        except: &[CORE],
        forbids: CoreNames("catalog", &["Catalog", "New", "Claimed", "Image"]),
    },
    Rule {
        says: "hosts ask the library, never the bucket",
        within: &["src-tauri/"],
        except: &[CORE],
        forbids: CoreNames("bucket", &["Bucket", "Upload", "public_url"]),
    },
    Rule {
        says: "only ui/src/ipc speaks to Tauri",
        within: &["ui/src/"],
        except: &["ui/src/ipc/"],
        forbids: Import(&["@tauri-apps"]),
    },
    Rule {
        says: "ui/src/shared knows nothing of the domain",
        within: &["ui/src/shared/"],
        except: &[],
        forbids: Import(&["/ipc", "$ipc", "/state/", "/features/", "/grid/"]),
    },
    Rule {
        says: "the state and the grid know nothing of the features",
        within: &["ui/src/state/", "ui/src/grid/", "ui/src/ipc/"],
        except: &[],
        forbids: Import(&["/features/"]),
    },
    Rule {
        says: "features do not import each other",
        within: &["ui/src/features/"],
        except: &[],
        forbids: SiblingFeature,
    },
];

impl Rule {
    pub(crate) fn watches(&self, source: &Source) -> bool {
        let begins = |places: &[&str]| places.iter().any(|place| source.path.starts_with(place));
        begins(self.within) && !begins(self.except)
    }

    fn is_broken_by(&self, path: &str, line: &str) -> bool {
        match &self.forbids {
            Crate(name) => words(line).any(|(word, rest)| word.starts_with(name) && rest.starts_with("::")),
            Modules(names) => line.contains("crate::") && words(line).any(|(word, _)| names.contains(&word)),
            CoreNames(module, names) => {
                line.contains(&format!("{module}::"))
                    && words(line).any(|(word, _)| names.iter().any(|name| word.starts_with(name)))
            }
            Import(parts) => imported(line).is_some_and(|from| parts.iter().any(|part| from.contains(part))),
            SiblingFeature => imported(line).is_some_and(|from| {
                let mut folders = from.split('/');
                let (first, second) = (folders.next(), folders.next());
                let beside = first == Some("..") && second.is_some_and(|folder| folder != "..");
                beside || (from.contains("features/") && !from.contains(feature_of(path)))
            }),
        }
    }
}

/// Returns where rules are broken, in words.
pub(crate) fn violations(rule: &Rule, sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| rule.watches(source)) {
        for (at, line) in source.lines.iter().enumerate() {
            if rule.is_broken_by(&source.path, line) {
                found.push(format!("{}:{}: {}: {}", source.path, at + 1, rule.says, line.trim()));
            }
        }
    }
    found
}

/// Returns the words of a line of Rust, each with what follows it.
fn words(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    line.split(move |character| !is_part(character)).filter(|word| !word.is_empty()).map(move |word| {
        let end = word.as_ptr() as usize - line.as_ptr() as usize + word.len();
        (word, &line[end..])
    })
}

/// Returns what a line of TypeScript or Svelte imports from.
fn imported(line: &str) -> Option<&str> {
    let line = line.trim();
    let after = line.split_once(" from ").map(|(_, after)| after).or_else(|| {
        let dynamic = line.split_once("import(").map(|(_, after)| after);
        dynamic.or_else(|| line.strip_prefix("import "))
    })?;
    let quote = after.trim_start().chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    after.trim_start()[1..].split(quote).next()
}

fn feature_of(path: &str) -> &str {
    path.strip_prefix("ui/src/features/").and_then(|rest| rest.split('/').next()).unwrap_or_default()
}
