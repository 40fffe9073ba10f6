//! A new value for what images have.

/// A new value. With [`Self::instead_of`], only images that still have that value get it, so that undoing a
/// step does not overwrite what was changed after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<T> {
    /// The new value.
    pub to: T,
    /// The value to replace; `None` for any.
    pub instead_of: Option<T>,
}

impl<T: PartialEq> Change<T> {
    /// Says whether the change applies to an image that has this value.
    pub(crate) fn replaces(&self, now: &T) -> bool {
        self.instead_of.as_ref().is_none_or(|expected| expected == now)
    }
}

impl<T> From<T> for Change<T> {
    fn from(to: T) -> Self {
        Self { to, instead_of: None }
    }
}
