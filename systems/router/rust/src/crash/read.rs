//! Reading crash files, row by row.

use std::io::Read;

use csv::{ReaderBuilder, StringRecord};

use super::columns::{Columns, CyclistRule, SeverityRule};
use super::{Crash, Crashes, date};
use crate::geo::Point;

#[derive(Debug, thiserror::Error)]
pub enum CrashError {
    #[error("it has no column {missing:?}; there are {found:?}: name the columns in the city's TOML")]
    Column { missing: String, found: Vec<String> },
    #[error("it is no readable CSV")]
    Csv(#[source] csv::Error),
}

/// Where the columns of one file are.
struct Layout<'c> {
    latitude: usize,
    longitude: usize,
    date: usize,
    severity: Severity<'c>,
    /// Columns of counts, columns of words.
    cyclist: Option<(Vec<usize>, Vec<usize>)>,
    columns: &'c Columns,
}

enum Severity<'c> {
    Words(usize, &'c std::collections::BTreeMap<String, u8>),
    Counts(Vec<(usize, u8)>),
}

impl Crashes {
    /// Adds the rows of a CSV file with a header. Rows that are no crash with a cyclist, or lack a place, a date or a severity, are counted by reason.
    ///
    /// # Errors
    /// When the file cannot be read, or lacks a column.
    pub fn read(&mut self, file: impl Read, columns: &Columns) -> Result<(), CrashError> {
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(file);
        let header = StringRecord::from_byte_record_lossy(reader.byte_headers().map_err(CrashError::Csv)?.clone());
        let layout = Layout::of(&header, columns)?;
        let mut record = csv::ByteRecord::new();
        while reader.read_byte_record(&mut record).map_err(CrashError::Csv)? {
            self.rows += 1;
            let row = StringRecord::from_byte_record_lossy(record.clone());
            match layout.crash(&row) {
                Ok(crash) => self.list.push(crash),
                Err(reason) => *self.left_out.entry(reason).or_default() += 1,
            }
        }
        Ok(())
    }
}

/// `CRASH DATE` and `crash_date` are the same name.
fn plain(name: &str) -> String {
    let name = name.trim().trim_start_matches('\u{feff}').to_lowercase();
    name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect()
}

impl<'c> Layout<'c> {
    fn of(header: &StringRecord, columns: &'c Columns) -> Result<Self, CrashError> {
        let known: Vec<String> = header.iter().map(plain).collect();
        let find = |name: &str| known.iter().position(|known| *known == plain(name));
        let need = |name: &str| find(name).ok_or_else(|| CrashError::Column { missing: name.to_owned(), found: known.clone() });
        let severity = match &columns.severity {
            SeverityRule::Words { column, severities } => Severity::Words(need(column)?, severities),
            SeverityRule::Counts(counts) => {
                Severity::Counts(counts.iter().map(|(column, severity)| Ok((need(column)?, *severity))).collect::<Result<_, CrashError>>()?)
            }
        };
        let cyclist = match &columns.cyclist {
            CyclistRule::All => None,
            CyclistRule::Any { counts, columns, .. } => {
                let all = |names: &[String]| names.iter().filter_map(|name| find(name)).collect::<Vec<_>>();
                let found = (all(counts), all(columns));
                if let (true, true, Some(first)) = (found.0.is_empty(), found.1.is_empty(), counts.iter().chain(columns).next()) {
                    need(first)?;
                }
                Some(found)
            }
        };
        let (latitude, longitude, date) = (need(&columns.latitude)?, need(&columns.longitude)?, need(&columns.date)?);
        Ok(Self { latitude, longitude, date, severity, cyclist, columns })
    }

    fn crash(&self, row: &StringRecord) -> Result<Crash, &'static str> {
        if !self.has_cyclist(row) {
            return Err("no cyclist");
        }
        let number = |column: usize| row.get(column).and_then(|text| text.trim().parse::<f64>().ok());
        let (latitude, longitude) = (number(self.latitude).ok_or("no place")?, number(self.longitude).ok_or("no place")?);
        // Portals write zeros for places they do not know.
        let point = Point::from_degrees(longitude, latitude).filter(|_| latitude != 0.0 && longitude != 0.0).ok_or("no place")?;
        let (year, when_years) = row.get(self.date).and_then(date::parse).ok_or("no date")?;
        let severity = self.severity(row).ok_or("no severity")?;
        Ok(Crash { point, severity, year, when_years })
    }

    fn has_cyclist(&self, row: &StringRecord) -> bool {
        let (Some((counts, texts)), CyclistRule::Any { words, .. }) = (&self.cyclist, &self.columns.cyclist) else { return true };
        let named = |text: &str| {
            let text = text.to_lowercase();
            words.iter().any(|word| text.contains(word.as_str()))
        };
        counts.iter().any(|column| count(row, *column) > 0.0) || texts.iter().filter_map(|column| row.get(*column)).any(named)
    }

    fn severity(&self, row: &StringRecord) -> Option<u8> {
        match &self.severity {
            Severity::Words(column, severities) => severities.get(&row.get(*column)?.trim().to_lowercase()).copied(),
            Severity::Counts(columns) => {
                // An empty count is not a count of nobody.
                let told = columns.iter().any(|(column, _)| row.get(*column).is_some_and(|text| text.trim().parse::<f64>().is_ok()));
                told.then(|| columns.iter().find(|(column, _)| count(row, *column) > 0.0).map_or(0, |found| found.1))
            }
        }
    }
}

fn count(row: &StringRecord, column: usize) -> f64 {
    row.get(column).and_then(|text| text.trim().parse().ok()).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Portal;
    use super::*;

    fn read(text: &str, columns: &Columns) -> Crashes {
        let mut crashes = Crashes::default();
        crashes.read(text.as_bytes(), columns).unwrap();
        crashes
    }

    #[test]
    fn chicago_in_both_shapes() {
        let short = "CRASH_DATE,FIRST_CRASH_TYPE,MOST_SEVERE_INJURY,LATITUDE,LONGITUDE\n\
            6/22/2019 2:02,PEDALCYCLIST,INCAPACITATING INJURY,41.9,-87.65\n\
            6/22/2019 2:02,PARKED MOTOR VEHICLE,,41.9,-87.65\n\
            6/22/2019 2:02,PEDALCYCLIST,,41.9,-87.65\n\
            6/22/2019 2:02,PEDALCYCLIST,FATAL,,\n\
            ,PEDALCYCLIST,FATAL,41.9,-87.65\n\
            6/23/2019 2:02,PEDALCYCLIST,FATAL,0,0\n\
            6/24/2019 2:02,PEDALCYCLIST\n";
        let crashes = read(short, &Portal::Chicago.columns());
        assert_eq!((crashes.rows, crashes.list.len(), crashes.list[0].severity, crashes.list[0].year), (7, 1, 3, 2019));
        let counts: Vec<_> = crashes.left_out.into_iter().collect();
        assert_eq!(counts, [("no cyclist", 1), ("no date", 1), ("no place", 3), ("no severity", 1)]);
        let full = "CRASH_RECORD_ID,RD_NO,CRASH_DATE_EST_I,CRASH_DATE,FIRST_CRASH_TYPE,MOST_SEVERE_INJURY,LATITUDE,LONGITUDE,LOCATION\n\
            79c7,JC1,,43549.61319,PEDALCYCLIST,\"REPORTED, NOT EVIDENT\",41.88,-87.64,POINT (-87.64 41.88)\n";
        let crashes = read(full, &Portal::Chicago.columns());
        assert_eq!((crashes.list[0].severity, crashes.list[0].year), (1, 2019));
    }

    #[test]
    fn new_york_and_san_francisco() {
        let text = "CRASH DATE,LATITUDE,LONGITUDE,NUMBER OF CYCLIST INJURED,NUMBER OF CYCLIST KILLED,VEHICLE TYPE CODE 1,VEHICLE TYPE CODE 2\n\
            09/11/2021,40.7,-73.9,1,0,Sedan,Bike\n09/11/2021,40.7,-73.9,0,1,Sedan,\n09/11/2021,40.7,-73.9,0,0,Sedan,E-Bike\n09/11/2021,40.7,-73.9,0,0,Sedan,Taxi\n";
        let crashes = read(text, &Portal::NewYork.columns());
        assert_eq!(crashes.list.iter().map(|crash| crash.severity).collect::<Vec<_>>(), [2, 4, 0]);
        let text = "tb_latitude,tb_longitude,collision_datetime,collision_severity,dph_col_grp_description\n\
            37.77,-122.42,2022/05/01 06:00:00 PM,Injury (Severe),Vehicle-Bicycle\n37.77,-122.42,2022/05/01,Fatal,Vehicle(s) Only Involved\n";
        let crashes = read(text, &Portal::SanFrancisco.columns());
        assert_eq!((crashes.list.len(), crashes.list[0].severity), (1, 3));
    }

    #[test]
    fn a_missing_column_is_named() {
        let error = Crashes::default().read("LATITUDE,LON\n1,2\n".as_bytes(), &Portal::Chicago.columns()).unwrap_err();
        assert!(error.to_string().contains("most_severe_injury") && error.to_string().contains("\"lon\""), "{error}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400), rows in proptest::collection::vec("[ -~]{0,60}", 0..8)) {
            let mut file = b"CRASH_DATE,FIRST_CRASH_TYPE,MOST_SEVERE_INJURY,LATITUDE,LONGITUDE\n".to_vec();
            file.extend(rows.join("\n").into_bytes());
            file.extend(&bytes);
            for file in [&file[..], &bytes] {
                let mut crashes = Crashes::default();
                if crashes.read(file, &Portal::Chicago.columns()).is_ok() {
                    prop_assert_eq!(crashes.rows, crashes.list.len() as u64 + crashes.left_out.values().sum::<u64>());
                }
            }
        }
    }
}
