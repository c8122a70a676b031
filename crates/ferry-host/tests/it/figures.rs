//! Figures, printed and not asserted.
