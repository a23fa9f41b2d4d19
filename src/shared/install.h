/*
 * Where the installed files are. A program that runs from the build folder finds its workers there and
 * its data in the source folder, so that nothing has to be installed to try or test it; any other finds
 * them where `make install` put them. The environment has no say in it.
 */
#ifndef LEAKTRAWL_INSTALL_H
#define LEAKTRAWL_INSTALL_H

/* Path of a shipped file or folder: install_data("patterns"), install_data("data/cookies.yml"). The caller frees. */
char *install_data(const char *what);

/* Path of a worker's executable: install_worker("leaktrawl-inspect"). The caller frees. */
char *install_worker(const char *name);

#endif
