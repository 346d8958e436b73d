use super::super::model::OPUS;

/// The type of a file. Its bytes decide; its name helps only where they say
/// nothing, and never makes it an image, a video or a sound.
#[must_use]
pub fn mime_type(head: &[u8], name: Option<&str>) -> String {
    // Not among what `infer` knows.
    if head.get(4..10) == Some(b"ftyp3g") {
        return "video/3gpp".to_owned();
    }
    if let Some(kind) = infer::get(head) {
        return plain(kind.mime_type()).to_owned();
    }
    let by_name = name.and_then(|name| mime_guess::from_path(name).first());
    match by_name {
        Some(guess) if !matches!(guess.type_().as_str(), "image" | "video" | "audio") => {
            guess.essence_str().to_owned()
        }
        _ if is_text(head) => "text/plain".to_owned(),
        _ => "application/octet-stream".to_owned(),
    }
}

/// As WhatsApp names it.
fn plain(mime_type: &str) -> &str {
    match mime_type {
        "audio/opus" => OPUS,
        "audio/m4a" | "audio/x-m4a" => "audio/mp4",
        "video/x-m4v" => "video/mp4",
        other => other,
    }
}

fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The first bytes may end within a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && !text.contains('\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_decide_and_the_name_only_where_they_say_nothing() {
        let jpeg = b"\xff\xd8\xff\xe0\0\x10JFIF";
        let page = b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13";
        let opus = [&page[..], b"OpusHead\x01\x02"].concat();
        let vorbis = [&page[..], b"\x01vorbis\0\0\0\0\0\0\0"].concat();
        let mp4 = b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2";
        let three_g = b"\0\0\0\x18ftyp3gp4\0\0\0\0isom3gp4";
        for (head, name, expected) in [
            (&jpeg[..], Some("a.pdf"), "image/jpeg"),
            (b"%PDF-1.7 ", None, "application/pdf"),
            (&opus, Some("a.mp3"), OPUS),
            (&vorbis, None, "audio/ogg"),
            (mp4, None, "video/mp4"),
            (three_g, None, "video/3gpp"),
            (b"a,b\n1,2\n", Some("list.csv"), "text/csv"),
            (b"hello", Some("photo.jpg"), "text/plain"),
            (b"hello", None, "text/plain"),
            (b"caf\xc3", None, "text/plain"),
            (b"\0\x01\x02", Some("voice.ogg"), "application/octet-stream"),
            (b"", None, "application/octet-stream"),
        ] {
            assert_eq!(mime_type(head, name), expected, "{head:?} {name:?}");
        }
    }
}
