use super::*;

fn fetcher(allow_private: bool) -> Fetcher {
    Fetcher::new(allow_private).unwrap()
}

#[test]
fn an_address_is_refused_in_whatever_way_it_is_written() {
    let strict = fetcher(false);
    for url in [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://127.0.0.1./",
        "http://１２７.0.0.1/",
        "http://10.0.0.1:8080/",
        "http://169.254.169.254/latest/meta-data/",
        "http://0/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[2002:7f00:1::]/",
        "http://[fe80::1]/",
        "http://[fd00:ec2::254]/",
    ] {
        assert_eq!(strict.check(url), Err(Error::Refused), "{url}");
    }
    assert!(strict.check("https://1.1.1.1/a?b#c").is_ok());
    assert!(strict.check("https://example.com:8443/a").is_ok());
}

#[test]
fn where_private_addresses_are_allowed_metadata_and_link_local_ones_are_not() {
    let open = fetcher(true);
    for url in [
        "http://127.0.0.1:1/",
        "http://192.168.0.1/",
        "http://[::1]/",
        "http://[fd12::1]/",
    ] {
        assert!(open.check(url).is_ok(), "{url}");
    }
    for url in [
        "http://169.254.169.254/",
        "http://[fe80::1]/",
        "http://[fd00:ec2::254]/",
        "http://[::ffff:127.0.0.1]/",
        "http://100.100.100.200/",
        "http://0.0.0.0/",
    ] {
        assert_eq!(open.check(url), Err(Error::Refused), "{url}");
    }
}

#[test]
fn only_plain_addresses_of_the_web_are_asked() {
    let strict = fetcher(false);
    for (url, error) in [
        ("ftp://example.com/", Error::Scheme),
        ("file:///etc/passwd", Error::Scheme),
        ("gopher://example.com/", Error::Scheme),
        ("http://ana@example.com/", Error::Credentials),
        ("http://ana:secret@example.com/", Error::Credentials),
    ] {
        assert_eq!(strict.check(url), Err(error), "{url}");
    }
    for url in ["", "example.com", "http://", "http://[::1", "//example.com"] {
        assert!(matches!(strict.check(url), Err(Error::NotAUrl(_))), "{url}");
    }
    let long = format!("https://example.com/{}", "a".repeat(URL_MAX));
    assert!(matches!(strict.check(&long), Err(Error::NotAUrl(_))));
}
