package dev.auspex.data.pictures;

import java.awt.image.BufferedImage;
import java.util.List;

/// A generated picture with all that is asked of it.
///
/// @param questions for training every one that has a single answer; held out, only those about the
///     combination that training never shows
record DrawnPicture(BufferedImage image, List<Question> questions) {
  DrawnPicture {
    questions = List.copyOf(questions);
  }
}
