package dev.auspex.data.pictures;

import dev.auspex.data.DataException;
import dev.auspex.data.Permutation;
import dev.auspex.io.Progress;
import dev.auspex.model.GptConfig;
import dev.auspex.model.VisionConfig;
import dev.auspex.vision.Patches;
import dev.auspex.vision.Picture;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/// Documents of text and pictures, encoded and held in memory: three bytes a pixel of every square
/// and a few more for the text. Safe to use from several threads.
public final class PictureDataset {
  private final VisionConfig vision;
  private final int vocabSize;
  private final List<PictureDocument> train;
  private final List<PictureEncoder.Encoded> encodedTrain;
  private final List<PictureEncoder.Encoded> encodedHeldout;
  private final String sha256;

  /// The documents to train on and those held out.
  ///
  /// @param train at least one
  /// @param heldout at least one
  public record Split(List<PictureDocument> train, List<PictureDocument> heldout) {
    public Split {
      train = List.copyOf(train);
      heldout = List.copyOf(heldout);
      if (train.isEmpty() || heldout.isEmpty()) {
        throw new DataException(
            "the data must have documents to train on (%d) and to hold out (%d)"
                .formatted(train.size(), heldout.size()));
      }
    }

    /// Reads a folder with `train.jsonl` and `heldout.jsonl`; of another file or folder every
    /// `1/share`-th document is held out, at least one.
    public static Split read(Path path, double share) {
      Path trainFile = path.resolve(PictureGenerator.TRAIN);
      Path heldoutFile = path.resolve(PictureGenerator.HELDOUT);
      if (Files.isRegularFile(trainFile) && Files.isRegularFile(heldoutFile)) {
        return new Split(PictureFiles.read(trainFile), PictureFiles.read(heldoutFile));
      }
      List<PictureDocument> all =
          PictureFiles.read(Files.isRegularFile(trainFile) ? trainFile : path);
      int every = Math.clamp(Math.round(1 / Math.max(share, 1e-6)), 2, Math.max(2, all.size()));
      List<PictureDocument> train = new ArrayList<>();
      List<PictureDocument> heldout = new ArrayList<>();
      for (int i = 0; i < all.size(); i++) {
        (i % every == every - 1 ? heldout : train).add(all.get(i));
      }
      return new Split(train, heldout);
    }
  }

  /// Decodes and encodes everything.
  ///
  /// @param model sizes of the decoder; its context holds the longest document
  /// @throws DataException naming file and line of the first that cannot be used
  public PictureDataset(
      Split split,
      PictureEncoder encoder,
      VisionConfig vision,
      GptConfig model,
      Progress progress) {
    this.vision = vision;
    this.vocabSize = model.vocabSize();
    int contextLength = model.contextLength();
    this.train = split.train();
    progress.start("pictures", train.size() + split.heldout().size(), "documents");
    AtomicLong done = new AtomicLong();
    this.encodedTrain = encoded(train, encoder, contextLength, done, progress);
    this.encodedHeldout = encoded(split.heldout(), encoder, contextLength, done, progress);
    progress.finish();
    this.sha256 = hash();
  }

  private static List<PictureEncoder.Encoded> encoded(
      List<PictureDocument> documents,
      PictureEncoder encoder,
      int contextLength,
      AtomicLong done,
      Progress progress) {
    PictureEncoder.Encoded[] all = new PictureEncoder.Encoded[documents.size()];
    IntStream.range(0, all.length)
        .parallel()
        .forEach(
            i -> {
              PictureEncoder.Encoded encoded = encoder.document(documents.get(i));
              if (encoded.ids().length - 1 > contextLength) {
                throw new DataException(
                    "%s (%d tokens) must fit in context_length (%d); raise it or shorten the document"
                        .formatted(
                            documents.get(i).where(), encoded.ids().length - 1, contextLength));
              }
              all[i] = encoded;
              long count = done.incrementAndGet();
              if (count % 256 == 0) {
                synchronized (progress) {
                  progress.update(count, "");
                }
              }
            });
    return Arrays.asList(all);
  }

  private String hash() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (List<PictureEncoder.Encoded> part : List.of(encodedTrain, encodedHeldout)) {
        for (PictureEncoder.Encoded document : part) {
          ByteBuffer ids = ByteBuffer.allocate(4 * document.ids().length);
          ids.asIntBuffer().put(document.ids());
          digest.update(ids);
          document.squares().forEach(square -> digest.update(square.rgb()));
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /// What tells these documents, as encoded, from all others.
  public String sha256() {
    return sha256;
  }

  /// Documents held out.
  public int heldoutCount() {
    return encodedHeldout.size();
  }

  /// Training documents from number `first` on, in the order of `seed`; an epoch has each once.
  public PictureBatch train(long seed, long first, int count) {
    List<PictureEncoder.Encoded> chosen = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      chosen.add(encodedTrain.get(at(seed, first + i)));
    }
    return batch(chosen);
  }

  /// File and line of training document number `sequence`.
  public String where(long seed, long sequence) {
    return train.get(at(seed, sequence)).where();
  }

  private int at(long seed, long sequence) {
    int size = encodedTrain.size();
    return (int) new Permutation(size, seed, sequence / size).apply(sequence % size);
  }

  /// Some of the documents held out.
  public PictureBatch heldout(List<Integer> documents) {
    return batch(documents.stream().map(encodedHeldout::get).toList());
  }

  private PictureBatch batch(List<PictureEncoder.Encoded> documents) {
    int seqLen = documents.stream().mapToInt(d -> d.ids().length - 1).max().orElseThrow();
    int[] inputs = new int[documents.size() * seqLen];
    int[] targets = new int[inputs.length];
    Arrays.fill(targets, -1);
    List<Picture> squares = new ArrayList<>();
    long learned = 0;
    long learnedBytes = 0;
    for (int row = 0; row < documents.size(); row++) {
      PictureEncoder.Encoded document = documents.get(row);
      int before = squares.size() * vision.tokens();
      int[] ids = document.ids();
      for (int i = 0; i < ids.length - 1; i++) {
        inputs[row * seqLen + i] = ids[i] >= 0 ? ids[i] : vocabSize + before + ~ids[i];
        if (document.learned()[i + 1]) {
          targets[row * seqLen + i] = ids[i + 1];
          learned++;
        }
      }
      squares.addAll(document.squares());
      learnedBytes += document.learnedBytes();
    }
    return new PictureBatch(
        documents.size(),
        seqLen,
        inputs,
        targets,
        squares.size(),
        vision.patches(),
        Patches.of(squares, vision.imageSize(), vision.patchSize()),
        learned,
        learnedBytes);
  }
}
