FROM base
RUN mkdir -p /d/sub /keep && echo 1 >/d/a && echo 2 >/d/sub/b && echo k >/keep/k && ln -s a /d/link
RUN rm -r /d/sub /d/link && echo new >/d/a
RUN rm -r /keep && mkdir /keep && echo other >/keep/other
RUN rm -r /d && echo file >/d
RUN rm /d && mkdir /d && echo again >/d/again
