//! The bytes of one upload while they are sent: counted, and limited to the
//! allowed rate.

use super::rate::RateLimit;
use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use tokio::time::{Instant, Sleep};

/// Receives the number of bytes handed to the network so far. It falls back to
/// zero when an attempt is repeated, and reaching the last byte does not
/// confirm the upload.
pub type Progress = Arc<dyn Fn(u64) + Send + Sync>;

/// The state of an upload while its bytes are sent.
pub(super) struct Way {
    pub(super) total: u64,
    /// Bytes handed to the network in the current attempt.
    pub(super) sent: AtomicU64,
    pub(super) progress: Option<Progress>,
    pub(super) rate: Arc<RateLimit>,
}

impl Way {
    fn note(&self, sent: u64) {
        self.sent.store(sent, Ordering::Relaxed);
        if let Some(progress) = &self.progress {
            progress(sent);
        }
    }

    /// Counts and limits a body. This runs again for each attempt, so each
    /// attempt starts counting at zero.
    pub(super) fn lead(self: &Arc<Self>, stream: ByteStream) -> ByteStream {
        let way = Arc::clone(self);
        ByteStream::new(stream.into_inner().map_preserve_contents(move |inner| {
            way.note(0);
            SdkBody::from_body_1_x(OutgoingBody {
                inner,
                held: Bytes::new(),
                pause: None,
                sent: 0,
                way: Arc::clone(&way),
            })
        }))
    }
}

struct OutgoingBody {
    inner: SdkBody,
    /// Bytes that were read, but may not be sent yet.
    held: Bytes,
    /// Runs until the first piece of the held bytes may be sent.
    pause: Option<Pin<Box<Sleep>>>,
    sent: u64,
    way: Arc<Way>,
}

impl OutgoingBody {
    fn pass(&mut self, piece: Bytes) -> Frame<Bytes> {
        self.sent = self.way.total.min(self.sent + piece.len() as u64);
        self.way.note(self.sent);
        Frame::data(piece)
    }
}

impl Body for OutgoingBody {
    type Data = Bytes;
    type Error = <SdkBody as Body>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.held.is_empty() {
            match ready!(Pin::new(&mut self.inner).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.held = data,
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                ended => return Poll::Ready(ended),
            }
        }
        let length = self.way.rate.piece().unwrap_or(usize::MAX).min(self.held.len());
        if self.pause.is_none() {
            let now = Instant::now();
            let turn = self.way.rate.reserve(length, now);
            if turn > now {
                self.pause = Some(Box::pin(tokio::time::sleep_until(turn)));
            }
        }
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        let piece = self.held.split_to(length);
        Poll::Ready(Some(Ok(self.pass(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.held.is_empty() && Body::is_end_stream(&self.inner)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.way.total - self.sent)
    }
}
