#escape=\
# The line above was a directive, this is none: syntax=ignored
# syntax=not/one

   # indented comment
FROM debian

	# with a tab

  RUN echo one

RUN echo two \
  # three
  # four
  five
# at the end
