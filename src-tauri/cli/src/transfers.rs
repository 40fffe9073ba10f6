//! `vitrine transfers`: lists the transfers that wait, run or are stuck, and
//! controls them.

use crate::arguments::Transfers;
use crate::output::{DONE, Output, SOME_FAILED};
use crate::terminal::{printable, say, table};
use serde_json::json;
use vitrine_core::model::{Transfer, TransferState};
use vitrine_core::{Error, Library};

/// The maximum number of transfers listed.
const MOST: u32 = 1000;

/// Lists the transfers, or applies an action to them.
pub(crate) async fn steer(library: &Library, action: Transfers, out: &Output) -> Result<u8, Error> {
    match action {
        Transfers::List => {
            let transfers = library.transfers(MOST).await?;
            out.value(&transfers, || {
                table(&["ID", "WHAT", "FILE", "STATE", "DONE", "TRIED", "WHY"], transfers.iter().map(row))
            });
            let summary = library.transfer_summary().await?;
            let all = summary.waiting + summary.active + summary.parked;
            if transfers.len() == MOST as usize && all > MOST {
                say(&format!("These are the first {MOST} of {all} transfers."));
            }
            mention_caches(library).await?;
        }
        Transfers::Pause => {
            library.pause_transfers().await?;
            out.value(&json!({ "paused": true }), || "paused".to_owned());
        }
        Transfers::Resume => {
            library.resume_transfers().await?;
            out.value(&json!({ "paused": false }), || "resumed".to_owned());
        }
        Transfers::Retry { ids } => {
            let unknown = library.retry_transfers((!ids.is_empty()).then(|| ids.clone())).await?;
            let retried: Vec<_> = ids.iter().filter(|id| !unknown.contains(id)).collect();
            if !retried.is_empty() || ids.is_empty() {
                out.value(&json!({ "retried": retried }), || "retried".to_owned());
            }
            for id in &unknown {
                say(&format!("NotFound: There is no transfer {id}."));
            }
            if !unknown.is_empty() {
                return Ok(SOME_FAILED);
            }
        }
        Transfers::Cancel { id } => {
            library.cancel_transfer(id).await?;
            out.value(&json!({ "cancelled": id }), || format!("cancelled\t{id}"));
        }
    }
    Ok(DONE)
}

/// Says which copies of deleted and replaced objects caches may still have.
async fn mention_caches(library: &Library) -> Result<(), Error> {
    let copies = library.cached_copies().await?;
    if let Some(until) = copies.until {
        let addresses = if copies.addresses == 1 { "address" } else { "addresses" };
        say(&format!("Caches may keep copies of {} {addresses} until {}.", copies.addresses, until.date()));
    }
    if let Some(problem) = copies.last_purge.and_then(|purge| purge.problem).filter(|_| copies.purges) {
        say(&format!("Caches were not purged: {}", printable(&problem)));
    }
    Ok(())
}

fn row(transfer: &Transfer) -> Vec<String> {
    let why = transfer.problem.as_ref().map_or("", |problem| &problem.message);
    let part = transfer.bytes_done.0.saturating_mul(100).checked_div(transfer.size_bytes.0).unwrap_or(0);
    let done = if transfer.state == TransferState::Active { format!("{part} %") } else { String::new() };
    vec![
        transfer.id.to_string(),
        format!("{:?}", transfer.operation).to_lowercase(),
        transfer.filename.clone(),
        format!("{:?}", transfer.state).to_lowercase(),
        done,
        transfer.attempts.to_string(),
        why.to_owned(),
    ]
}
