use super::Look;
use opus_decoder::OpusDecoder;
use std::{fs::File, path::Path};
use symphonia::core::{
    codecs::audio::well_known::CODEC_ID_OPUS,
    formats::{FormatReader, Track, TrackType, probe::Hint},
    io::MediaSourceStream,
};

const LEVELS: usize = 64;
/// The most that an Opus packet holds: 120 ms.
const PACKET_SAMPLES: usize = 48_000 / 1_000 * 120;
/// Longer ones go out without a waveform: decoding takes the processor for a
/// second per some minutes.
const DECODED_MAX: u32 = 30 * 60;

/// Length, and, of a voice note, its waveform. WhatsApp shows that of nothing
/// else, so nothing else is decoded.
pub fn look(file: &Path, voice: bool) -> Look {
    let Some(mut format) = open(file) else {
        return Look::default();
    };
    let Some(track) = format.default_track(TrackType::Audio) else {
        return Look::default();
    };
    let seconds = length(track);
    let decodable = voice && seconds.is_some_and(|seconds| seconds <= DECODED_MAX);
    let (id, channels) = (track.id, channels(track));
    Look {
        seconds,
        waveform: channels
            .filter(|_| decodable)
            .and_then(|channels| waveform(format.as_mut(), id, channels)),
        ..Look::default()
    }
}

fn open(file: &Path) -> Option<Box<dyn FormatReader>> {
    let stream = MediaSourceStream::new(Box::new(File::open(file).ok()?), Default::default());
    symphonia::default::get_probe()
        .probe(&Hint::new(), stream, Default::default(), Default::default())
        .ok()
}

/// Whole seconds, at least one.
fn length(track: &Track) -> Option<u32> {
    let time = track.time_base?.calc_duration(track.duration?)?;
    u32::try_from(time.as_secs())
        .ok()
        .map(|seconds| seconds.max(1))
}

fn channels(track: &Track) -> Option<usize> {
    let parameters = track.codec_params.as_ref()?.audio()?;
    (parameters.codec == CODEC_ID_OPUS)
        .then(|| parameters.channels.as_ref().map_or(1, |all| all.count()))
}

/// How loud each of 64 stretches is, against the loudest.
fn waveform(format: &mut dyn FormatReader, track: u32, channels: usize) -> Option<Vec<u8>> {
    let mut decoder = OpusDecoder::new(48_000, channels).ok()?;
    let mut samples = vec![0.0_f32; PACKET_SAMPLES * channels];
    // One a packet: 20 ms mostly.
    let mut loudness = Vec::new();
    while let Ok(Some(packet)) = format.next_packet() {
        if packet.track_id != track {
            continue;
        }
        let decoded = decoder
            .decode_float(&packet.data, &mut samples, false)
            .ok()?;
        let heard = &samples[..decoded * channels];
        let sum: f32 = heard.iter().map(|sample| sample.abs()).sum();
        loudness.push(sum / heard.len().max(1) as f32);
    }
    levels(&loudness)
}

fn levels(loudness: &[f32]) -> Option<Vec<u8>> {
    if loudness.is_empty() {
        return None;
    }
    let stretch = |n: usize| {
        let from = n * loudness.len() / LEVELS;
        let to = ((n + 1) * loudness.len() / LEVELS).clamp(from + 1, loudness.len());
        let heard = &loudness[from.min(to - 1)..to];
        heard.iter().sum::<f32>() / heard.len() as f32
    };
    let means: Vec<f32> = (0..LEVELS).map(stretch).collect();
    let loudest = means.iter().copied().fold(f32::EPSILON, f32::max);
    Some(
        means
            .iter()
            // From 0 to 1 times 100: no cut can happen.
            .map(|mean| (mean / loudest * 100.0).round() as u8)
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waveform_has_64_levels_against_the_loudest_whatever_the_length() {
        let rising: Vec<f32> = (0..6_400_u16).map(|n| f32::from(n) / 50_000.0).collect();
        let found = levels(&rising).unwrap();
        assert_eq!(found.len(), LEVELS);
        assert!(
            found.is_sorted() && found[63] == 100 && found[0] < 3,
            "{found:?}"
        );
        assert_eq!(levels(&[0.0, 1.0]).unwrap().len(), LEVELS);
        assert_eq!(levels(&[0.0; 100]).unwrap(), [0; LEVELS]);
        assert_eq!(levels(&[]), None);
    }
}
