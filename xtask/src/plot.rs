//! Time over route length on logarithmic axes, as one SVG file that needs nothing else.

use std::fmt::Write as _;

use crate::fit::PowerLaw;

const WIDTH: f64 = 920.0;
const HEIGHT: f64 = 560.0;
/// Of the plotting area: left, top, right, bottom.
const AREA: [f64; 4] = [76.0, 54.0, 640.0, 500.0];
/// Labels stand this far apart at least.
const LABEL_PITCH: f64 = 34.0;

pub(crate) struct Series {
    pub(crate) label: String,
    /// Under the label: the fit, and where it is from.
    pub(crate) note: String,
    pub(crate) colour: &'static str,
    /// (miles, seconds), each a measured answer. None where only the fit is known.
    pub(crate) points: Vec<(f64, f64)>,
    pub(crate) fit: Option<PowerLaw>,
    /// Where a fit without points was measured.
    pub(crate) fit_over: [f64; 2],
}

/// Two axes of whole decades that hold everything.
struct Axes {
    miles: [i32; 2],
    seconds: [i32; 2],
}

pub(crate) fn svg(title: &str, series: &[Series]) -> String {
    let axes = Axes::around(series);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"system-ui, sans-serif\" font-size=\"13\">\n\
         <title>{title}</title>\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n\
         <text x=\"{}\" y=\"30\" font-size=\"16\" font-weight=\"600\" fill=\"#1b1f24\">{}</text>\n",
        AREA[0],
        escaped(title),
        title = escaped(title)
    );
    grid(&mut out, &axes);
    for one in series {
        draw(&mut out, &axes, one);
    }
    labels(&mut out, &axes, series);
    out.push_str("</svg>\n");
    out
}

impl Axes {
    fn around(series: &[Series]) -> Self {
        let mut miles = vec![1.0, 100.0];
        let mut seconds = Vec::new();
        for one in series {
            let ends = one.fit.map(|fit| span(one).map(|x| (x, fit.at(x))));
            for (x, t) in one.points.iter().copied().chain(ends.into_iter().flatten()) {
                miles.push(x);
                seconds.push(t);
            }
        }
        Self { miles: decades(&miles), seconds: decades(&seconds) }
    }

    fn x(&self, miles: f64) -> f64 {
        share(miles, self.miles).mul_add(AREA[2] - AREA[0], AREA[0])
    }

    fn y(&self, seconds: f64) -> f64 {
        share(seconds, self.seconds).mul_add(AREA[1] - AREA[3], AREA[3])
    }
}

/// Where a value lies between two powers of ten, 0 to 1.
fn share(value: f64, [low, high]: [i32; 2]) -> f64 {
    (value.log10() - f64::from(low)) / f64::from(high - low)
}

#[expect(clippy::cast_possible_truncation, reason = "logarithms of times and lengths are small")]
fn decades(values: &[f64]) -> [i32; 2] {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min).log10().floor();
    let high = values.iter().copied().fold(0.0, f64::max).log10().ceil();
    if low.is_finite() && high > low { [low as i32, high as i32] } else { [-3, 0] }
}

/// The miles that a fit's line is drawn over: those measured.
fn span(series: &Series) -> [f64; 2] {
    if series.points.is_empty() {
        return series.fit_over;
    }
    let miles = series.points.iter().map(|point| point.0);
    [miles.clone().fold(f64::INFINITY, f64::min), miles.fold(0.0, f64::max)]
}

fn grid(out: &mut String, axes: &Axes) {
    let [left, top, right, bottom] = AREA;
    for decade in axes.miles[0]..=axes.miles[1] {
        let x = axes.x(10_f64.powi(decade));
        line(out, [x, top, x, bottom], "#d8dee4");
        text(out, [x, bottom + 20.0], "middle", "#57606a", &number(decade));
    }
    for decade in axes.seconds[0]..=axes.seconds[1] {
        let y = axes.y(10_f64.powi(decade));
        line(out, [left, y, right, y], "#d8dee4");
        text(out, [left - 8.0, y + 4.0], "end", "#57606a", &duration(decade));
    }
    text(out, [f64::midpoint(left, right), bottom + 44.0], "middle", "#1b1f24", "miles ridden");
    text(out, [left, top - 8.0], "end", "#1b1f24", "time");
}

fn draw(out: &mut String, axes: &Axes, series: &Series) {
    for &(miles, seconds) in &series.points {
        let _ = writeln!(
            out,
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"2.6\" fill=\"{}\" fill-opacity=\"0.55\"/>",
            axes.x(miles),
            axes.y(seconds),
            series.colour
        );
    }
    if let Some(fit) = series.fit {
        let [from, to] = span(series);
        // Published lines are dashed: nothing was measured here.
        let dash = if series.points.is_empty() { " stroke-dasharray=\"7 5\"" } else { "" };
        let [x1, y1, x2, y2] = [axes.x(from), axes.y(fit.at(from)), axes.x(to), axes.y(fit.at(to))];
        let _ = writeln!(
            out,
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{}\" stroke-width=\"2\"{dash}/>",
            series.colour
        );
    }
}

/// At the right end of each line, pushed apart where they would overlap, each joined to its line.
fn labels(out: &mut String, axes: &Axes, series: &[Series]) {
    let mut ends: Vec<(f64, f64, &Series)> = series
        .iter()
        .filter_map(|one| {
            let to = span(one)[1];
            Some((axes.x(to), axes.y(one.fit?.at(to)), one))
        })
        .collect();
    ends.sort_by(|a, b| a.1.total_cmp(&b.1));
    let places = apart(&ends.iter().map(|end| end.1).collect::<Vec<_>>());
    for ((x, y, one), place) in ends.into_iter().zip(places) {
        let left = AREA[2] + 18.0;
        let _ = writeln!(
            out,
            "<polyline points=\"{x:.1},{y:.1} {:.1},{place:.1} {:.1},{place:.1}\" fill=\"none\" stroke=\"{}\" stroke-opacity=\"0.4\"/>",
            AREA[2] + 6.0,
            left - 3.0,
            one.colour
        );
        text(out, [left, place + 1.0], "start", one.colour, &one.label);
        text(out, [left, place + 16.0], "start", "#57606a", &one.note);
    }
}

/// Ascending places, each at least a pitch below the one before, all within the area.
fn apart(wanted: &[f64]) -> Vec<f64> {
    let mut places = Vec::with_capacity(wanted.len());
    let mut lowest = AREA[1];
    for &place in wanted {
        places.push(place.max(lowest));
        lowest = places[places.len() - 1] + LABEL_PITCH;
    }
    let mut highest = AREA[3];
    for place in places.iter_mut().rev() {
        *place = place.min(highest);
        highest = *place - LABEL_PITCH;
    }
    places
}

fn line(out: &mut String, [x1, y1, x2, y2]: [f64; 4], colour: &str) {
    let _ = writeln!(out, "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\"/>");
}

fn text(out: &mut String, [x, y]: [f64; 2], anchor: &str, colour: &str, what: &str) {
    let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{}</text>", escaped(what));
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn number(decade: i32) -> String {
    let value = 10_f64.powi(decade);
    if decade >= 0 { format!("{value:.0}") } else { format!("{value}") }
}

/// `10 µs`, `1 ms`, `100 s`.
fn duration(decade: i32) -> String {
    match decade {
        0.. => format!("{} s", number(decade)),
        -3..0 => format!("{} ms", number(decade + 3)),
        _ => format!("{} µs", number(decade + 6)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(label: &str, fit: PowerLaw, points: Vec<(f64, f64)>) -> Series {
        Series { label: label.to_owned(), note: String::new(), colour: "#0969da", points, fit: Some(fit), fit_over: [1.0, 50.0] }
    }

    #[test]
    fn axes_are_whole_decades_around_everything() {
        let axes = Axes::around(&[
            series("fast", PowerLaw { a: 2e-5, b: 0.5 }, vec![(2.0, 3e-5), (120.0, 2e-4)]),
            series("slow", PowerLaw { a: 0.046, b: 1.49 }, Vec::new()),
        ]);
        assert_eq!((axes.miles, axes.seconds), ([0, 3], [-5, 2]));
        assert_eq!((axes.x(1.0), axes.x(1000.0)), (AREA[0], AREA[2]));
        assert_eq!((axes.y(1e-5), axes.y(100.0)), (AREA[3], AREA[1]));
    }

    #[test]
    fn labels_never_overlap_nor_leave_the_area() {
        for wanted in [vec![100.0, 101.0, 102.0], vec![490.0, 495.0, 499.0], vec![60.0, 300.0, 301.0, 499.0]] {
            let places = apart(&wanted);
            assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= LABEL_PITCH - 1e-9), "{places:?}");
            assert!(places.iter().all(|place| (AREA[1]..=AREA[3]).contains(place)), "{places:?}");
        }
    }

    #[test]
    fn the_file_is_whole_and_says_what_it_shows() {
        let drawn = svg(
            "time < length",
            &[
                series("a & b", PowerLaw { a: 0.01, b: 1.0 }, vec![(1.0, 0.01), (10.0, 0.1)]),
                series("published", PowerLaw { a: 0.1, b: 1.0 }, Vec::new()),
            ],
        );
        assert!(drawn.starts_with("<svg ") && drawn.ends_with("</svg>\n"));
        assert!(drawn.contains("time &lt; length") && drawn.contains("a &amp; b"));
        assert_eq!(drawn.matches("<circle").count(), 2);
        assert_eq!(drawn.matches("stroke-dasharray").count(), 1);
        assert!(!drawn.contains("NaN") && !drawn.contains("inf"));
    }

    #[test]
    fn decades_are_named_in_the_unit_one_would_use() {
        assert_eq!([-5, -4, -3, -1, 0, 2].map(duration), ["10 µs", "100 µs", "1 ms", "100 ms", "1 s", "100 s"]);
        assert_eq!([-1, 0, 3].map(number), ["0.1", "1", "1000"]);
    }
}
