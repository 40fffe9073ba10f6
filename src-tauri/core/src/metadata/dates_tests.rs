//! Dates as cameras and programs write them, and texts that only look like dates.

use super::*;
use jiff::civil::datetime;
use jiff::tz::offset;

#[test]
fn dates_are_read_in_every_notation_that_files_have() {
    let at = datetime(2024, 5, 17, 12, 34, 56, 0);
    let plain = Written { civil: at, offset: None, is_day: false };
    let east = Written { offset: Some(offset(2)), ..plain };
    let utc = Written { offset: Some(Offset::UTC), ..plain };
    for (text, expected) in [
        ("2024:05:17 12:34:56", plain),
        ("2024-05-17T12:34:56", plain),
        (" 2024/05/17 12:34:56\0", plain),
        ("20240517 123456", plain),
        ("20240517T123456+0200", east),
        ("2024-05-17T12:34:56+02:00", east),
        ("2024-05-17T12:34:56Z, Civitai resources: []", utc),
        ("2024-05-17T1234:56Z, Civitai resources: []", utc),
        ("2024-05-17 12:34:56 UTC", utc),
    ] {
        assert_eq!(parse(text), Some(expected), "{text}");
    }
    let fraction = parse("2024-05-17T12:34:56.1234567Z").unwrap();
    assert_eq!(fraction.civil, datetime(2024, 5, 17, 12, 34, 56, 123_456_700));
    assert_eq!(parse("2024-05-17T12:34").unwrap().civil, datetime(2024, 5, 17, 12, 34, 0, 0));
    let west = parse("2024-05-17T12:34:56-03:30").unwrap().offset.unwrap();
    assert_eq!(west.seconds(), -12_600);
    let day = Written { civil: datetime(2024, 5, 17, 12, 0, 0, 0), offset: None, is_day: true };
    for text in ["2024-05-17", "20240517", "2024:05:17", "2024-05-17 soon", "2024:05:17   :  :  "] {
        assert_eq!(parse(text), Some(day), "{text}");
    }
}

#[test]
fn texts_without_a_date_and_the_zero_of_a_clock_are_not_dates() {
    for text in [
        "",
        "soon",
        "0000:00:00 00:00:00",
        "    :  :     :  :  ",
        "1970:01:01 00:00:00",
        "1904-01-01",
        "2024-13-01",
        "2023-02-29",
        "2024-5-17",
        "2024-05:17",
        "202405171",
        "17.05.2024",
        "1024x1536",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
}

#[test]
fn a_leap_second_and_a_wrong_time_do_not_lose_the_day() {
    assert_eq!(parse("2016-12-31T23:59:60Z").unwrap().civil, datetime(2016, 12, 31, 23, 59, 59, 0));
    assert!(parse("2024-05-17T25:00:00").unwrap().is_day);
    assert_eq!(parse("2024-05-17T12:00:00+99:00").unwrap().offset, None);
}

#[test]
fn unusual_forms_of_dates_are_read_where_they_are_common() {
    let at = datetime(2016, 2, 3, 4, 5, 6, 0);
    assert_eq!(ctime("Wed Feb  3 04:05:06 2016\n").map(|written| written.civil), Some(at));
    assert_eq!(parse(&zero_padded("2016: 2: 3  4: 5: 6")).map(|written| written.civil), Some(at));
    assert_eq!(zero_padded("2016:02:03 04:05:06"), "2016:02:03 04:05:06");
    for (text, day) in [("2013-05", Date::constant(2013, 5, 1)), ("2013", Date::constant(2013, 1, 1))] {
        assert_eq!(month_or_year(text), Some(Written::of_day(day)), "{text}");
    }
    for text in ["", "13", "2013-5", "2013-13", "soon", "1970"] {
        assert_eq!((ctime(text), month_or_year(text)), (None, None), "{text}");
    }
}
