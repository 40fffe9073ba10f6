//! A server on this machine, as if it were far away: what is sent to it, and what it answers, arrives later.
//! The bandwidth stays as it is.

use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use vitrine_tests::process::must;

/// The size of a piece that is sent on, in bytes.
const PIECE: usize = 64 * 1024;
/// The most pieces that are on their way in one direction: 64 MB.
const ON_THE_WAY: usize = 1024;

/// Forwards connections to a port of this machine, with half of `round_trip` in each direction. Returns the port to
/// connect to.
pub(crate) async fn far_away(port: u16, round_trip: Duration) -> u16 {
    let listener = must(TcpListener::bind(("127.0.0.1", 0)).await, "listening");
    let own = must(listener.local_addr(), "reading the port").port();
    drop(tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            drop(tokio::spawn(async move {
                // A connection that breaks ends for both sides, like a real one.
                let Ok(far) = TcpStream::connect(("127.0.0.1", port)).await else { return };
                if near.set_nodelay(true).and_then(|()| far.set_nodelay(true)).is_err() {
                    return;
                }
                let (near_in, near_out) = near.into_split();
                let (far_in, far_out) = far.into_split();
                let _ = tokio::join!(
                    later(near_in, far_out, round_trip / 2),
                    later(far_in, near_out, round_trip / 2)
                );
            }));
        }
    }));
    own
}

/// Passes on bytes, each piece so long after it came.
async fn later(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    delay: Duration,
) -> std::io::Result<()> {
    let (send, mut pieces) = mpsc::channel::<(Instant, Vec<u8>)>(ON_THE_WAY);
    let read = async move {
        loop {
            let mut piece = vec![0; PIECE];
            let count = from.read(&mut piece).await?;
            piece.truncate(count);
            if count == 0 || send.send((Instant::now() + delay, piece)).await.is_err() {
                return std::io::Result::Ok(());
            }
        }
    };
    let write = async move {
        while let Some((due, piece)) = pieces.recv().await {
            sleep_until(due).await;
            to.write_all(&piece).await?;
        }
        to.shutdown().await
    };
    let (read, write) = tokio::join!(read, write);
    read.and(write)
}
