//! Draws registrations: who bought which ticket for which concert.

use fastrand::Rng;

use super::concerts::CONCERTS;
use super::people::{FIRST, LAST, MAIL_HOSTS, Name};

/// Addresses of people with the same name are told apart by a number below this.
const MAIL_NUMBERS: u32 = 1000;
/// One in this many tickets is given away: it costs nothing and was paid by nothing.
const COMPLIMENTARY_ONE_IN: u32 = 80;
const PAYMENT_METHODS: [&str; 6] = ["credit_card", "debit_card", "paypal", "apple_pay", "google_pay", "bank_transfer"];

/// A kind of ticket: its name, its price in percent of the plainest, where its holders are.
const TICKETS: [(&str, u64, &str); 6] = [
    ("General Admission", 100, "Floor"),
    ("Early Bird", 85, "Floor"),
    ("Reserved", 130, "Section"),
    ("Balcony", 120, "Balcony"),
    ("VIP", 250, "Box"),
    ("Student", 70, "Section"),
];

/// One record. Values are text; `amount_paid` has two decimals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Registration {
    registration_id: String,
    event_id: String,
    event_name: &'static str,
    event_date: &'static str,
    venue: &'static str,
    attendee_name: String,
    attendee_email: String,
    ticket_type: &'static str,
    amount_paid: String,
    payment_method: &'static str,
    seat_section: String,
}

impl Registration {
    /// In the order of [`crate::record::FIELDS`].
    pub(super) fn values(&self) -> [&str; 11] {
        [
            &self.registration_id,
            &self.event_id,
            self.event_name,
            self.event_date,
            self.venue,
            &self.attendee_name,
            &self.attendee_email,
            self.ticket_type,
            &self.amount_paid,
            self.payment_method,
            &self.seat_section,
        ]
    }
}

/// The stream of records of a seed.
pub(super) struct Draw {
    rng: Rng,
    count: u64,
}

impl Draw {
    pub(super) fn new(seed: u64) -> Self {
        Self { rng: Rng::with_seed(seed), count: 0 }
    }

    pub(super) fn next(&mut self) -> Registration {
        self.count += 1;
        let rng = &mut self.rng;
        let number = rng.usize(0..CONCERTS.len());
        let concert = &CONCERTS[number];
        let (first, last) = (pick(rng, &FIRST), pick(rng, &LAST));
        let (mut ticket_type, percent, place) = TICKETS[rng.usize(0..TICKETS.len())];
        let mut payment_method = PAYMENT_METHODS[rng.usize(0..PAYMENT_METHODS.len())];
        let mut cents = concert.price_cents * percent / 100;
        if rng.u32(0..COMPLIMENTARY_ONE_IN) == 0 {
            (ticket_type, payment_method, cents) = ("Complimentary", "", 0);
        }
        Registration {
            registration_id: format!("REG-{:07}", self.count),
            event_id: format!("EVT-{:02}", number + 1),
            event_name: concert.name,
            event_date: concert.date,
            venue: concert.venue,
            attendee_name: format!("{} {}", first.0, last.0),
            attendee_email: format!("{}.{}{}@{}", first.1, last.1, rng.u32(1..MAIL_NUMBERS), MAIL_HOSTS[rng.usize(0..MAIL_HOSTS.len())]),
            ticket_type,
            amount_paid: format!("{}.{:02}", cents / 100, cents % 100),
            payment_method,
            seat_section: format!("{place} {}", rng.u32(1..=24)),
        }
    }
}

fn pick(rng: &mut Rng, names: &[Name]) -> Name {
    names[rng.usize(0..names.len())]
}
