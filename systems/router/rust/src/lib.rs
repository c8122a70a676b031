//! Bike routes by stress.
