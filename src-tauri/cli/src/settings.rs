//! `vitrine settings`: the settings of the window, for scripts and for machines without a window.

use crate::output::{DONE, Output};
use crate::terminal::{printable, table};
use serde_json::{Map, Value, json};
use vitrine_core::model::Settings;
use vitrine_core::{Error, Library};

/// The meaning of each setting. Whether the window's hints are done is not one of them.
const MEANINGS: [(&str, &str); 12] = [
    ("max_upload_mb", "Larger files are refused at import, in MB: 1 to 4,000"),
    ("theme", "Colours of the window: system, dark or light"),
    ("parallel_transfers", "Uploads at the same time: 1 to 16"),
    ("upload_limit_kb", "Limit for all uploads together, in kB a second; 0 for no limit"),
    ("keep_originals", "Originals that stay on this computer: always, while_used or up_to_size"),
    ("free_after_days", "Originals that were not opened for this many days are freed, with while_used"),
    ("originals_limit_gb", "Originals beyond this many GB are freed, with up_to_size"),
    ("thumbnails_limit_mb", "Thumbnails beyond this many MB are deleted; 0 for no limit"),
    ("start_veiled", "Whether the window starts with sensitive pictures veiled: true or false"),
    ("next_after_rating", "Whether the viewer shows the next picture after a rating: true or false"),
    (
        "copy_links_after_upload",
        "Whether the window copies the links of images that were imported in it, once they are uploaded: true or false",
    ),
    (
        "notify_when_done",
        "Whether the system notifies of long imports and uploads that end behind other windows: true or false",
    ),
];

/// Lists all settings, prints one, or sets it.
pub(crate) async fn settings(
    library: &Library,
    name: Option<String>,
    value: Option<String>,
    out: &Output,
) -> Result<u8, Error> {
    let all = as_map(&library.settings())?;
    let Some(name) = name else {
        let shown = |name: &str| all.get(name).map_or_else(String::new, plain);
        let rows = MEANINGS.map(|(name, meaning)| vec![name.to_owned(), shown(name), meaning.to_owned()]);
        let listed: Map<String, Value> = MEANINGS
            .iter()
            .filter_map(|(name, _)| Some(((*name).to_owned(), all.get(*name)?.clone())))
            .collect();
        out.value(&listed, || table(&["NAME", "VALUE", "MEANING"], rows));
        return Ok(DONE);
    };
    let known = MEANINGS
        .iter()
        .find(|(known, _)| *known == name)
        .and_then(|(known, meaning)| Some((*known, *meaning, all.get(*known)?)));
    let Some((name, meaning, current)) = known else {
        return Err(Error::Invalid(format!(
            "there is no setting \"{}\"; `vitrine settings` lists them",
            printable(&name)
        )));
    };
    let chosen = match value {
        None => current.clone(),
        Some(value) => {
            let changed = changed(&all, name, &value).ok_or_else(|| {
                Error::Invalid(format!("the setting {name} cannot be \"{}\": {meaning}.", printable(&value)))
            })?;
            let saved = as_map(&library.save_settings(changed).await?)?;
            saved.get(name).cloned().unwrap_or_default()
        }
    };
    out.value(&json!({ name: chosen }), || plain(&chosen));
    Ok(DONE)
}

fn as_map(settings: &Settings) -> Result<Map<String, Value>, Error> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(map)) => Ok(map),
        _ => Err(Error::Internal),
    }
}

/// Returns the settings with one changed value; `None` if that value is not possible. Numbers must be whole
/// and without separators.
fn changed(all: &Map<String, Value>, name: &str, value: &str) -> Option<Settings> {
    let mut all = all.clone();
    let current = all.get_mut(name)?;
    let value = value.trim();
    *current = match current {
        Value::Number(_) => json!(value.parse::<u32>().ok()?),
        Value::Bool(_) => json!(value.parse::<bool>().ok()?),
        _ => json!(value),
    };
    serde_json::from_value(Value::Object(all)).ok()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_except_the_state_of_the_hints_has_a_meaning() {
        let all = as_map(&Settings::default()).unwrap();
        let mut meant: Vec<&str> = MEANINGS.iter().map(|(name, _)| *name).collect();
        meant.push("first_run_done");
        meant.sort_unstable();
        let mut known: Vec<&str> = all.keys().map(String::as_str).collect();
        known.sort_unstable();
        assert_eq!(meant, known);
    }

    #[test]
    fn a_value_must_have_the_type_of_its_setting() {
        let all = as_map(&Settings::default()).unwrap();
        assert_eq!(changed(&all, "max_upload_mb", "120").unwrap().max_upload_mb, 120);
        assert!(changed(&all, "start_veiled", "true").unwrap().start_veiled);
        for (name, value) in [
            ("max_upload_mb", "many"),
            ("max_upload_mb", "-1"),
            ("theme", "pink"),
            ("theme", "3"),
            ("start_veiled", "1"),
        ] {
            assert_eq!(changed(&all, name, value), None, "{name} {value}");
        }
    }
}
