//! What operations used, asked of dynoxide with every call: capacity is settled by it, and answered only where the client asked.

use dynoxide::types::ConsumedCapacity;

use super::capacity::{Book, Side, Units};

/// What the client asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Nothing,
    Total,
    Indexes,
    /// Something that dynoxide is to refuse.
    Invalid,
}

impl Asked {
    /// Has the request ask for all there is.
    pub(super) fn everything(request: &mut Option<String>) -> Self {
        let asked = match request.as_deref() {
            None | Some("NONE") => Self::Nothing,
            Some("TOTAL") => Self::Total,
            Some("INDEXES") => Self::Indexes,
            Some(_) => return Self::Invalid,
        };
        *request = Some("INDEXES".to_owned());
        asked
    }

    /// The answer to what the client asked for.
    fn trim(self, consumed: ConsumedCapacity) -> Option<ConsumedCapacity> {
        match self {
            Self::Nothing => None,
            Self::Total => Some(ConsumedCapacity {
                table: None,
                global_secondary_indexes: None,
                local_secondary_indexes: None,
                vector_indexes: None,
                ..consumed
            }),
            Self::Indexes | Self::Invalid => Some(consumed),
        }
    }
}

/// What was taken for an operation of a table beforehand.
#[derive(Debug, Clone)]
pub(super) struct Admitted {
    pub(super) table: String,
    pub(super) side: Side,
    pub(super) units: Units,
}

impl Admitted {
    /// The operation did not take place.
    pub(super) fn refund(&self, book: &Book) {
        book.settle(&self.table, self.side, self.units, Units::ZERO);
    }
}

/// Settles what was taken by what was used, and answers what was asked, of an operation of one table.
pub(super) fn settle_one(book: &Book, admitted: &Admitted, asked: Asked, consumed: Option<ConsumedCapacity>) -> Option<ConsumedCapacity> {
    let consumed = consumed?;
    book.settle(&admitted.table, admitted.side, admitted.units, of_table(&consumed));
    asked.trim(consumed)
}

/// The same of an operation of several tables.
pub(super) fn settle_many(
    book: &Book,
    admitted: &[Admitted],
    side: Side,
    asked: Asked,
    consumed: Option<Vec<ConsumedCapacity>>,
) -> Option<Vec<ConsumedCapacity>> {
    let consumed = consumed.unwrap_or_default();
    for consumed in &consumed {
        let of_this = admitted.iter().filter(|admitted| admitted.table == consumed.table_name && admitted.side == side);
        book.settle(&consumed.table_name, side, of_this.map(|admitted| admitted.units).sum(), of_table(consumed));
    }
    if asked == Asked::Nothing {
        return None;
    }
    Some(consumed.into_iter().filter_map(|consumed| asked.trim(consumed)).collect())
}

/// Units of the table itself, with its local indexes; global ones have capacity of their own.
fn of_table(consumed: &ConsumedCapacity) -> Units {
    let table = consumed.table.as_ref().map_or(0.0, |table| table.capacity_units);
    let local = consumed.local_secondary_indexes.iter().flatten().map(|(_, index)| index.capacity_units).sum::<f64>();
    if consumed.table.is_none() && consumed.global_secondary_indexes.is_none() && consumed.local_secondary_indexes.is_none() {
        return Units::new(consumed.capacity_units);
    }
    Units::new(table + local)
}
