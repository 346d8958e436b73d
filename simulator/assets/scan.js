// Reading a QR code from a picture, the camera, or the screen.

let decoder

/** The decoder is a quarter of a megabyte: loaded when first needed. */
function load() {
  decoder ??= new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.src = '/assets/jsqr.js'
    script.onload = () => resolve(window.jsQR)
    script.onerror = () => reject(new Error('the QR reader did not load'))
    document.head.append(script)
  })
  return decoder
}

const canvas = document.createElement('canvas')

async function decode(source, width, height) {
  const read = await load()
  // Large pictures are tried as they are, then smaller: noise hides codes in big photographs.
  for (const limit of [1600, 800, 400]) {
    const scale = Math.min(1, limit / Math.max(width, height))
    canvas.width = Math.round(width * scale)
    canvas.height = Math.round(height * scale)
    const context = canvas.getContext('2d', { willReadFrequently: true })
    context.drawImage(source, 0, 0, canvas.width, canvas.height)
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height)
    const found = read(data, canvas.width, canvas.height)
    if (found?.data) return found.data
    if (scale === 1 && limit > Math.max(width, height)) break
  }
  return null
}

export async function fromPicture(file) {
  const picture = await createImageBitmap(file)
  try {
    return await decode(picture, picture.width, picture.height)
  } finally {
    picture.close()
  }
}

/** Watches the stream until a code is seen; stops when the signal says so. */
export async function fromStream(stream, video, signal) {
  video.srcObject = stream
  video.hidden = false
  const stop = () => stream.getTracks().forEach(track => track.stop())
  signal.addEventListener('abort', stop)
  try {
    await video.play()
    while (!signal.aborted && stream.active) {
      if (video.videoWidth) {
        const found = await decode(video, video.videoWidth, video.videoHeight)
        if (found) return found
      }
      await new Promise(resolve => setTimeout(resolve, 200))
    }
    return null
  } finally {
    stop()
    video.srcObject = null
    video.hidden = true
  }
}
