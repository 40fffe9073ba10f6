//! The result of an action for each of several images.

use crate::output::{DONE, Output, SOME_FAILED};
use crate::terminal::{printable, say};
use serde_json::json;
use vitrine_core::Error;
use vitrine_core::model::{ActionReport, ImageId};

pub(crate) fn parse_ids(ids: &[String]) -> Result<Vec<ImageId>, Error> {
    Ok(ids.iter().map(|id| ImageId::parse(id)).collect::<Result<_, _>>()?)
}

pub(crate) fn print_report(out: &Output, done: &str, report: &ActionReport) -> u8 {
    for id in &report.done {
        out.value(&json!({ "id": id, "outcome": done }), || format!("{done}\t{id}"));
    }
    for failure in &report.failed {
        let error = &failure.error;
        out.value(
            &json!({ "id": failure.id, "outcome": "failed", "code": error.code, "reason": error.message }),
            String::new,
        );
        say(&format!("{:?}: {}: {}", error.code, failure.id, printable(&error.message)));
    }
    if report.failed.is_empty() { DONE } else { SOME_FAILED }
}
